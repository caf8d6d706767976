internal import FoundationEssentials

/// A script that was named on the command line.
enum ScriptFile {
    /// - Parameter path: `-` for standard input.
    static func text(_ path: String) throws -> String {
        let octets: Data?
        if path == "-" {
            octets = try FileHandleReading.standardInput()
        } else {
            octets = FileManager.default.contents(atPath: path)
        }
        guard let octets else { throw CommandFailure("\(path) cannot be read") }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw CommandFailure("\(path) is no UTF-8: save the script as UTF-8")
        }
        return text
    }

    /// `away` for `/home/alice/away.sieve`.
    static func name(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return name.hasSuffix(".sieve") ? String(name.dropLast(6)) : name
    }
}

/// Standard input as a whole.
enum FileHandleReading {
    static func standardInput() throws -> Data {
        var data = Data()
        while let line = readLine(strippingNewline: false) { data += Data(line.utf8) }
        return data
    }
}
