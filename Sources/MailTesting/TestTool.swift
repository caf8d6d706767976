internal import Foundation

/// A program from Debian that a test runs beside it.
package enum TestTool {
    /// Where `name` is installed.
    package static func path(_ name: String, package: String) throws -> String {
        let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        let paths = folders.map { "\($0)/\(name)" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestToolError("\(name) is not installed; `make deps` installs the package \(package)")
        }
        return path
    }

    /// Runs it to its end in `folder` and returns what it wrote.
    package static func run(_ name: String, package: String, _ arguments: [String], in folder: String) throws -> String
    {
        let process = Process()
        process.executableURL = URL(filePath: try self.path(name, package: package))
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestToolError("\(name) ended with \(process.terminationStatus): \(complaint)")
        }
        return text
    }
}
