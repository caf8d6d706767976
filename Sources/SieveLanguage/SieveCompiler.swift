internal import MailBytes

/// Turns a script into a program, or says all that is wrong with it. RFC 5228.
///
///     bytes ──SieveLexer──► words ──SieveParser──► tree ──SieveChecker──► SieveProgram
///
/// Reading order: this file, `Lexer`, `Syntax`, `Checking`, `Base`, `Interpreter`; then `Extensions`, one folder each.
///
/// Invariants:
/// 1. A program is immutable and refers to nothing outside: it may be run by many threads at once.
/// 2. Running asks the world questions (``SieveWorld``) and answers with values (``SieveResult``); it changes nothing.
/// 3. Everything that a script or a message can make large or long is bounded by ``SieveLimits``.
package struct SieveCompiler: Sendable {
    package var limits: SieveLimits
    package var settings: SieveSettings
    /// What speaks against redirecting to an address, in words for a warning; `nil` where nothing is known.
    package var redirectConcern: (@Sendable (_ address: String) -> String?)?
    /// Whether scripts may use the test language.
    var knowsTestLanguage = false

    package init(limits: SieveLimits = SieveLimits(), settings: SieveSettings = SieveSettings()) {
        self.limits = limits
        self.settings = settings
    }

    /// Checks a script.
    ///
    /// Where words do not make up commands, only that is reported; what they mean is looked at once they do.
    ///
    /// - Parameter name: what errors and traces are to call it.
    package func compile(_ script: [UInt8], name: String = "script") -> SieveCompilation {
        guard script.count <= self.limits.scriptOctetsMax else {
            return self.refusal(
                "the script has \(script.count) octets: expected at most \(self.limits.scriptOctetsMax)"
            )
        }
        guard UTF8Text.isValid(script.span) else {
            return self.refusal(at: Self.firstBrokenCharacter(of: script), "this is no UTF-8: save the script as UTF-8")
        }
        var parser = SieveParser(script, limits: self.limits)
        let nodes = parser.parse()
        guard parser.diagnostics.errorCount == 0 else {
            return SieveCompilation(program: nil, diagnostics: parser.diagnostics.all)
        }
        let checker = SieveChecker(
            limits: self.limits,
            settings: self.settings,
            knowsTestLanguage: self.knowsTestLanguage,
            redirectConcern: self.redirectConcern
        )
        let block = checker.block(nodes, isTopLevel: true)
        checker.checkCompanions()
        guard checker.diagnostics.errorCount == 0 else {
            return SieveCompilation(program: nil, diagnostics: checker.diagnostics.all)
        }
        let program = SieveProgram(
            block,
            name: name,
            capabilities: checker.capabilities,
            variables: checker.variables.names,
            limits: self.limits,
            settings: self.settings
        )
        return SieveCompilation(program: program, diagnostics: checker.diagnostics.all)
    }

    private func refusal(at position: SievePosition = .start, _ message: String) -> SieveCompilation {
        SieveCompilation(program: nil, diagnostics: [SieveDiagnostic(.error, at: position, message)])
    }

    private static func firstBrokenCharacter(of script: [UInt8]) -> SievePosition {
        var position = SievePosition.start
        var index = 0
        while index < script.count {
            let (scalar, length) = UTF8Reader.scalar(in: script, at: index)
            guard let scalar else { break }
            if scalar == UInt32(ASCII.lineFeed) {
                position = SievePosition(line: position.line + 1, column: 1)
            } else {
                position.column += 1
            }
            index += length
        }
        return position
    }
}
