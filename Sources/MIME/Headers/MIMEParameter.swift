internal import MailBytes

/// One parameter of Content-Type or Content-Disposition, as it is put together from its pieces.
package struct MIMEParameter: Hashable, Sendable {
    /// As sent; a name that ends in `*` has a value in the extended form `charset'language'percent-coded`.
    package var name: [UInt8]
    /// Unquoted, but neither percent-decoded nor converted.
    package var value: [UInt8]

    package init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// Reads `*(";" parameter)`, which real mail writes in every broken way, and joins continued parameters.
///
///     parameter := attribute "=" value          (RFC 2045 §5.1)
///     attribute := name ["*" section] ["*"]     (RFC 2231 §3, §4)
enum MIMEParameterList {
    /// A piece `name*section*=value`.
    private struct Piece {
        var name: [UInt8]
        var section: Int
        var isExtended: Bool
        var value: [UInt8]
    }

    /// Reads the parameters from the lexer's position to its end; what is no parameter is passed over.
    static func parse(_ lexer: inout FieldLexer, in bytes: Span<UInt8>) -> [MIMEParameter] {
        var parameters: [MIMEParameter] = []
        var pieces: [Piece] = []
        while !lexer.isAtEnd, parameters.count + pieces.count < MIMELimits.parametersMax {
            var parameter = MIMEParameter(name: [], value: [])
            guard Self.takeParameter(&lexer, in: bytes, into: &parameter) else {
                // A semicolon begins the next one: `text/plain;; charset=utf-8` has a charset.
                if lexer.current(bytes) != UInt8(ascii: ";") { lexer.position += 1 }
                continue
            }
            if let piece = Self.piece(of: parameter) {
                pieces.append(piece)
            } else {
                parameters.append(parameter)
            }
        }
        if !pieces.isEmpty { Self.join(pieces, into: &parameters) }
        return parameters
    }

    /// Takes `;name=value`; on failure the position is wherever the fault is.
    private static func takeParameter(
        _ lexer: inout FieldLexer,
        in bytes: Span<UInt8>,
        into parameter: inout MIMEParameter
    ) -> Bool {
        guard lexer.current(bytes) == UInt8(ascii: ";") else { return false }
        lexer.position += 1
        guard lexer.skipBlanks(bytes) == .more, lexer.takeToken(bytes, into: &parameter.name) == .more,
            bytes[lexer.position] == UInt8(ascii: "=")
        else { return false }
        lexer.position += 1
        switch lexer.skipBlanks(bytes) {
        case .broken: return false
        case .atEnd: return true
        case .more: break
        }
        switch bytes[lexer.position] {
        case ASCII.quote:
            return lexer.takeQuotedString(bytes, into: &parameter.value) != .broken
        case UInt8(ascii: "="):
            // `name==?utf-8?b?…?=`: an encoded word where none may be, and unquoted.
            let start = lexer.position
            while !lexer.isAtEnd, !Self.endsUnquotedValue(bytes[lexer.position]) { lexer.position += 1 }
            parameter.value.append(bytes, start..<lexer.position)
            return true
        default:
            return lexer.takeToken(bytes, into: &parameter.value) != .broken
        }
    }

    private static func endsUnquotedValue(_ byte: UInt8) -> Bool {
        ASCII.isBlank(byte) || byte == ASCII.carriageReturn || byte == ASCII.lineFeed || byte == UInt8(ascii: ";")
    }

    /// Reads `name*`, `name*0` and `name*0*`; `nil` for an ordinary name.
    private static func piece(of parameter: MIMEParameter) -> Piece? {
        guard let star = parameter.name.firstIndex(of: UInt8(ascii: "*")) else { return nil }
        var index = star
        var section = 0
        if star + 1 < parameter.name.count {
            index = star + 1
            while index < parameter.name.count, ASCII.isDigit(parameter.name[index]) {
                section = min(section * 10 + Int(parameter.name[index] - 0x30), MIMELimits.continuationsMax)
                index += 1
            }
        }
        let isExtended = index < parameter.name.count && parameter.name[index] == UInt8(ascii: "*")
        if isExtended { index += 1 }
        guard index == parameter.name.count else { return nil }
        let name = Array(parameter.name[..<star])
        return Piece(name: name, section: section, isExtended: isExtended, value: parameter.value)
    }

    /// Joins pieces numbered without a gap; others are listed as they came.
    private static func join(_ pieces: [Piece], into parameters: inout [MIMEParameter]) {
        let sorted = pieces.enumerated().sorted { left, right in
            if left.element.name != right.element.name {
                return left.element.name.lexicographicallyPrecedes(right.element.name)
            }
            return (left.element.section, left.offset) < (right.element.section, right.offset)
        }.map(\.element)
        var start = 0
        while start < sorted.count {
            let first = sorted[start]
            let end = sorted[start...].firstIndex { !Self.isSameName($0.name, first.name) } ?? sorted.count
            Self.join(sorted[start..<end], into: &parameters)
            start = end
        }
    }

    private static func join(_ run: ArraySlice<Piece>, into parameters: inout [MIMEParameter]) {
        guard let first = run.first else { return }
        let isWhole = zip(run, 0...).allSatisfy { $0.section == $1 }
        guard isWhole else {
            for piece in run {
                let suffix = "*\(piece.section)" + (piece.isExtended ? "*" : "")
                parameters.append(MIMEParameter(name: piece.name + Array(suffix.utf8), value: piece.value))
            }
            return
        }
        let hasExtended = run.contains(where: \.isExtended)
        var joined = MIMEParameter(name: hasExtended ? first.name + [UInt8(ascii: "*")] : first.name, value: [])
        if hasExtended, !first.isExtended { joined.value.append(contentsOf: "''".utf8) }
        for piece in run {
            if hasExtended, !piece.isExtended {
                for byte in piece.value {
                    if byte == UInt8(ascii: "%") {
                        joined.value.append(contentsOf: "%25".utf8)
                    } else {
                        joined.value.append(byte)
                    }
                }
            } else {
                joined.value.append(contentsOf: piece.value)
            }
        }
        parameters.append(joined)
    }

    private static func isSameName(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }
}
