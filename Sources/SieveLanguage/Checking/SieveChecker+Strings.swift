internal import MailBytes

/// Making strings ready: encoded characters decoded, variables looked up, keys prepared.
extension SieveChecker {
    /// A string as the program holds it.
    func text(_ string: SyntaxString) -> SieveText {
        var bytes = string.bytes
        if self.has(.encodedCharacter) {
            do throws(EncodedCharacterError) {
                bytes = try EncodedCharacters.decode(bytes)
            } catch {
                self.error(at: string.position, error.message)
            }
        }
        guard self.has(.variables), bytes.contains(UInt8(ascii: "$")) else {
            return SieveText(.constant(bytes), at: string.position)
        }
        return SieveText(self.pieces(of: bytes, at: string.position), at: string.position)
    }

    func texts(_ strings: [SyntaxString]) -> [SieveText] { strings.map(self.text) }

    /// A string in which no variable may stand.
    func constant(_ string: SyntaxString, _ what: String) -> String? {
        guard let bytes = self.text(string).constant else {
            self.error(at: string.position, "\(what) must be known when the script is checked: found a variable")
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A test's keys; what is constant is prepared.
    func keys(_ strings: [SyntaxString], for rule: MatchRule) -> SieveKeys {
        let texts = self.texts(strings)
        var keys: [SieveKeys.Key] = []
        for text in texts {
            guard let bytes = text.constant else {
                keys.append(.text(text))
                continue
            }
            if bytes.isEmpty, rule.kind == .contains {
                self.warning(at: text.position, "an empty string is contained in everything")
            }
            do throws(RegexSyntaxError) {
                keys.append(.ready(try rule.prepare(bytes, limits: self.limits)))
            } catch {
                let message = "this is no regular expression: at character \(error.offset + 1) \(error.message)"
                self.error(at: text.position, message)
            }
        }
        return SieveKeys(keys: keys, texts: texts)
    }

    /// Header names; what is constant is prepared.
    func headerNames(_ strings: [SyntaxString]) -> SieveHeaderNames {
        SieveHeaderNames(
            self.texts(strings).map { text in
                guard let bytes = text.constant else { return .text(text) }
                if !HeaderKey.isFieldName(bytes) {
                    let name = String(decoding: bytes, as: UTF8.self)
                    self.warning(at: text.position, "no header field can have the name '\(name)'")
                }
                return .ready(HeaderKey(bytes))
            }
        )
    }

    // MARK: - Variables

    ///     variable-ref       = "${" [namespace] variable-name "}"
    ///     namespace          = identifier "." *sub-namespace
    ///     variable-name      = num-variable / identifier
    private func pieces(of bytes: [UInt8], at position: SievePosition) -> SieveText.Content {
        var pieces: [SieveText.Piece] = []
        var literal: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "{"),
                let end = Self.endOfReference(in: bytes, at: index + 2),
                let piece = self.piece(named: bytes[(index + 2)..<end], at: position)
            {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal.removeAll()
                pieces.append(piece)
                index = end + 1
            } else {
                literal.append(bytes[index])
                index += 1
            }
        }
        if pieces.isEmpty { return .constant(literal) }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        return .pieces(pieces)
    }

    /// Where the brace is that ends a reference; `nil` when an octet comes before it that none may have.
    ///
    /// No octet is looked at for two references, as none may have a `$` in it: a megabyte of `${` is checked in a walk.
    private static func endOfReference(in bytes: [UInt8], at start: Int) -> Int? {
        let end = bytes[start...].firstIndex { byte in
            !ASCII.isAlphanumeric(byte) && byte != UInt8(ascii: "_") && byte != UInt8(ascii: ".")
        }
        return end.flatMap { bytes[$0] == UInt8(ascii: "}") ? $0 : nil }
    }

    private func piece(named bytes: ArraySlice<UInt8>, at position: SievePosition) -> SieveText.Piece? {
        let name = String(decoding: bytes, as: UTF8.self).lowercased()
        if !bytes.isEmpty, bytes.allSatisfy(ASCII.isDigit) {
            guard let number = Int(name), number <= self.limits.matchValuesMax else {
                let message = "the match value '${\(name)}' is out of range: expected at most"
                self.error(at: position, "\(message) \(self.limits.matchValuesMax)")
                return .literal([])
            }
            return .match(number)
        }
        if let namespace = VariableTable.namespace(of: name) {
            guard namespace.space == "global", self.has(.include), VariableTable.isName(namespace.name) else {
                guard
                    name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ part in
                        VariableTable.isName(String(part))
                    })
                else { return nil }
                self.error(at: position, "unknown variable namespace '\(namespace.space)': expected 'global'")
                return .literal([])
            }
            return .global(namespace.name)
        }
        guard VariableTable.isName(name) else { return nil }
        switch self.variable(name, at: position) {
        case .local(let number): return .variable(number)
        case .global(let name): return .global(name)
        case nil: return .literal([])
        }
    }

    /// The variable of that name, made known if it was not.
    func variable(_ name: String, at position: SievePosition) -> SieveVariableReference? {
        guard let variable = self.variables.reference(name, max: self.limits.variablesMax) else {
            if !self.hasTooManyVariables {
                self.error(at: position, "too many variables: expected at most \(self.limits.variablesMax)")
            }
            self.hasTooManyVariables = true
            return nil
        }
        return variable
    }

    /// A variable that a command sets, `global.name` included.
    func variable(toSet string: SyntaxString) -> SieveVariableReference? {
        let name = string.text.lowercased()
        if let namespace = VariableTable.namespace(of: name) {
            guard namespace.space == "global", self.has(.include), VariableTable.isName(namespace.name) else {
                self.error(at: string.position, "'\(name)' is no variable that can be set: expected a name")
                return nil
            }
            return .global(namespace.name)
        }
        guard VariableTable.isName(name) else {
            let found = name.utf8.allSatisfy(ASCII.isDigit) ? "a match value" : "'\(name)'"
            self.error(at: string.position, "\(found) is no variable that can be set: expected a name")
            return nil
        }
        return self.variable(name, at: string.position)
    }
}

/// The names of header fields that a test looks at.
struct SieveHeaderNames: Sendable {
    enum Name: Sendable {
        case ready(HeaderKey)
        case text(SieveText)
    }

    let names: [Name]

    init(_ names: [Name]) {
        self.names = names
    }

    /// All names, where none has a variable in it.
    var ready: [HeaderKey]? {
        var keys: [HeaderKey] = []
        for name in self.names {
            guard case .ready(let key) = name else { return nil }
            keys.append(key)
        }
        return keys
    }

    func key(_ index: Int, _ run: SieveRun) -> HeaderKey {
        switch self.names[index] {
        case .ready(let key): key
        case .text(let text): HeaderKey(run.bytes(text))
        }
    }
}
