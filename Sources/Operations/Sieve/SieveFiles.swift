package import SieveLanguage

/// Scripts in files. A path is taken as it stands, seen from the working folder.
package struct SieveFiles: SieveTestFiles, Sendable {
    private let compiler: SieveCompiler

    package init(compiler: SieveCompiler = SieveCompiler()) {
        self.compiler = compiler
    }

    /// What is too large to be a script is refused by the compiler, which says so.
    package func read(_ path: String) -> [UInt8]? {
        try? self.script(path)
    }

    func script(_ path: String) throws(OperationError) -> [UInt8] {
        try InputFile.octets(path, max: 2 * self.compiler.limits.scriptOctetsMax)
    }

    /// A script that is to be kept: its text, and the name its file suggests, `away` for `/home/alice/away.sieve`.
    package func scriptToKeep(_ path: String) throws(OperationError) -> (name: String, text: String) {
        guard let text = String(validating: try self.script(path), as: UTF8.self) else {
            throw OperationError("\(path) is no UTF-8: save the script as UTF-8")
        }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return (file.hasSuffix(".sieve") ? String(file.dropLast(6)) : file, text)
    }

    /// Checks one script.
    package func check(_ path: String) throws(OperationError) -> SieveCheckReport {
        let compilation = self.compiler.compile(try self.script(path), name: path)
        return SieveCheckReport(file: path, compilation.diagnostics)
    }

    /// - Throws: All that is wrong with the script, a mistake a line.
    func program(_ path: String) throws(OperationError) -> SieveProgram {
        let compilation = self.compiler.compile(try self.script(path), name: path)
        guard let program = compilation.program else {
            let mistakes = SieveCheckReport(file: path, compilation.errors).text
            throw OperationError("\(path) cannot be run:\n\(mistakes)")
        }
        return program
    }
}

/// What is wrong with a script: everything, not just the first thing.
package struct SieveCheckReport: Codable, Sendable {
    package struct Mistake: Codable, Sendable {
        /// `error` or `warning`.
        package var severity: String
        /// From 1, as the column is.
        package var line: Int
        package var column: Int
        /// What was found and what was expected.
        package var message: String
    }

    package var file: String
    /// In the order of the script.
    package var mistakes: [Mistake]

    init(file: String, _ diagnostics: [SieveDiagnostic]) {
        self.file = file
        self.mistakes = diagnostics.map { diagnostic in
            Mistake(
                severity: diagnostic.severity.rawValue,
                line: diagnostic.position.line,
                column: diagnostic.position.column,
                message: diagnostic.message
            )
        }
    }

    /// Whether the script can be used; it may have warnings.
    package var isUsable: Bool { !self.mistakes.contains { $0.severity == "error" } }

    /// `FILE:3:7: error: …`, a mistake a line.
    package var text: String {
        guard !self.mistakes.isEmpty else { return "\(self.file) is right." }
        return self.mistakes.map { "\(self.file):\($0.line):\($0.column): \($0.severity): \($0.message)" }
            .joined(separator: "\n")
    }
}
