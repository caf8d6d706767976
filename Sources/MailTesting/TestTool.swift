internal import Foundation

/// A program from Debian that a test runs beside it.
package enum TestTool {
    /// Where `name` is installed.
    package static func path(_ name: String, package: String) throws -> String {
        let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin"]
        let paths = folders.map { "\($0)/\(name)" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestToolError("\(name) is not installed; `make deps` installs the package \(package)")
        }
        return path
    }

    /// Runs it to its end in `folder` and returns what it wrote.
    package static func run(
        _ name: String,
        package: String,
        _ arguments: [String],
        in folder: String = "."
    ) throws -> String {
        let path = try self.path(name, package: package)
        let (reading, writing) = try self.pipe()
        defer { close(reading) }
        let process: ChildProcess
        do {
            defer { close(writing) }
            let output = ChildProcess.Stream.descriptor(writing)
            process = try ChildProcess([path] + arguments, in: folder, output: output, errors: output)
        }
        let text = FileHandle(fileDescriptor: reading, closeOnDealloc: false).readDataToEndOfFile()
        let status = process.wait()
        guard status == 0 else {
            throw TestToolError("\(name) ended with \(status): \(String(decoding: text, as: UTF8.self))")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Closed in programs that are started meanwhile: none of them is to hold an end open.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestToolError("no sockets can be made") }
        return (ends[0], ends[1])
    }
}
