internal import MailBytes
internal import MailTypes

/// Text in which `%{…}` stands for facts about the message. RFC 7208 §7.
struct SPFMacroString: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case literal(String)
        case macro(SPFMacro)
    }

    private(set) var parts: [Part] = []

    ///     macro-string  = *( macro-expand / macro-literal )
    ///     macro-expand  = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
    ///     macro-literal = %x21-24 / %x26-7E
    ///
    /// - Parameter isExplanation: spaces may stand in it, and the letters c, r and t. RFC 7208 §6.2, §7.2.
    init(_ bytes: ArraySlice<UInt8>, isExplanation: Bool = false) throws(SPFTermError) {
        var literal: [UInt8] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            guard byte == UInt8(ascii: "%") else {
                guard byte > 0x20 && byte < 0x7F || isExplanation && byte == 0x20 else {
                    throw .expected("visible ASCII characters")
                }
                literal.append(byte)
                position += 1
                continue
            }
            guard position + 1 < bytes.endIndex else { throw .expected("a macro behind %") }
            switch bytes[position + 1] {
            case UInt8(ascii: "%"): literal.append(byte)
            case UInt8(ascii: "_"): literal.append(ASCII.space)
            case UInt8(ascii: "-"): literal += Array("%20".utf8)
            case UInt8(ascii: "{"):
                guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw .expected("the end of a macro")
                }
                self.append(&literal)
                self.parts.append(.macro(try SPFMacro(bytes[position + 2..<end], isExplanation: isExplanation)))
                position = end + 1
                continue
            default: throw .expected("a macro behind %")
            }
            position += 2
        }
        self.append(&literal)
    }

    private mutating func append(_ literal: inout [UInt8]) {
        guard !literal.isEmpty else { return }
        self.parts.append(.literal(String(decoding: literal, as: UTF8.self)))
        literal.removeAll()
    }

    /// Whether it asks for the client's name, which must be sought first.
    var usesValidatedName: Bool {
        self.parts.contains {
            if case .macro(let macro) = $0 { macro.letter == UInt8(ascii: "p") } else { false }
        }
    }

    func expanded(_ facts: SPFFacts) -> String {
        if self.parts.count == 1, case .literal(let text) = self.parts[0] { return text }
        var text = ""
        for part in self.parts where text.utf8.count < SenderAuthLimits.spfExpansionOctetsMax {
            switch part {
            case .literal(let literal): text += literal
            case .macro(let macro): text += macro.expanded(facts)
            }
        }
        return text
    }

    /// As a name to ask for: labels are taken from the left of one that is too long. RFC 7208 §7.3.
    func domainName(_ facts: SPFFacts) -> DNSName? {
        var text = self.expanded(facts)[...]
        while text.utf8.count > 253, let dot = text.utf8.firstIndex(of: 0x2E) {
            text = text[text.utf8.index(after: dot)...]
        }
        return DNSName(text)
    }
}

/// What macros stand for. RFC 7208 §7.2.
struct SPFFacts: Sendable {
    var client: IPAddress
    /// Without anything odd: `postmaster` where there was none.
    var localPart: String
    var senderDomain: String
    var helo: String
    /// Whose policy is being looked at.
    var domain: String
    var validatedName: String
    var receiver: String
    var secondsSince1970: Int64
}

/// One `%{…}`.
struct SPFMacro: Hashable, Sendable {
    /// In lower case.
    var letter: UInt8
    /// Whether what a URL does not have is escaped: the letter was a capital.
    var escapes: Bool
    /// How many parts from the right are kept; `nil` keeps all.
    var partsMax: Int?
    var isReversed: Bool
    var delimiters: [UInt8]

    ///     macro-letter = "s" / "l" / "o" / "d" / "i" / "p" / "h" / "c" / "r" / "t" / "v"
    ///     transformers = *DIGIT [ "r" ]
    ///     delimiter    = "." / "-" / "+" / "," / "/" / "_" / "="
    init(_ bytes: ArraySlice<UInt8>, isExplanation: Bool) throws(SPFTermError) {
        guard let first = bytes.first, Array((isExplanation ? "slodiphvcrt" : "slodiphv").utf8).contains(first | 0x20),
            ASCII.isLetter(first)
        else { throw .expected("a macro letter") }
        self.letter = first | 0x20
        self.escapes = ASCII.isUppercase(first)
        let digits = bytes.dropFirst().prefix(while: ASCII.isDigit)
        if !digits.isEmpty {
            let number = digits.reduce(0) { min(1_000, $0 * 10 + Int($1 - 0x30)) }
            guard number > 0 else { throw .expected("a number of parts above 0") }
            self.partsMax = number
        }
        var rest = bytes[digits.endIndex...]
        self.isReversed = rest.first.map { $0 | 0x20 } == UInt8(ascii: "r")
        if self.isReversed { rest = rest.dropFirst() }
        let known = Array(".-+,/_=".utf8)
        guard rest.allSatisfy(known.contains) else { throw .expected("a delimiter") }
        self.delimiters = rest.isEmpty ? [ASCII.dot] : Array(rest)
    }

    func expanded(_ facts: SPFFacts) -> String {
        var text = self.value(facts)
        let isPlain = self.partsMax == nil && !self.isReversed && self.delimiters == [ASCII.dot]
        if !isPlain {
            var parts = text.utf8.split(omittingEmptySubsequences: false) { self.delimiters.contains($0) }
            if self.isReversed { parts.reverse() }
            if let partsMax { parts = parts.suffix(partsMax) }
            text = parts.map { String($0) ?? "" }.joined(separator: ".")
        }
        return self.escapes ? Self.escaped(text) : text
    }

    private func value(_ facts: SPFFacts) -> String {
        switch self.letter {
        case UInt8(ascii: "s"): "\(facts.localPart)@\(facts.senderDomain)"
        case UInt8(ascii: "l"): facts.localPart
        case UInt8(ascii: "o"): facts.senderDomain
        case UInt8(ascii: "d"): facts.domain
        case UInt8(ascii: "i"): Self.dotted(facts.client)
        case UInt8(ascii: "p"): facts.validatedName
        case UInt8(ascii: "v"): facts.client.isIPv4 ? "in-addr" : "ip6"
        case UInt8(ascii: "h"): facts.helo
        case UInt8(ascii: "c"): facts.client.description
        case UInt8(ascii: "r"): facts.receiver
        default: String(facts.secondsSince1970)
        }
    }

    /// IPv6 in single hexadecimal digits with dots between them. RFC 7208 §7.3.
    private static func dotted(_ address: IPAddress) -> String {
        guard !address.isIPv4 else { return address.description }
        return address.octets.flatMap { [String($0 >> 4, radix: 16), String($0 & 15, radix: 16)] }
            .joined(separator: ".")
    }

    /// All but the unreserved characters of RFC 3986 §2.3.
    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if ASCII.isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E {
                bytes.append(byte)
            } else {
                bytes += [
                    UInt8(ascii: "%"), Hex.digit(byte >> 4, uppercase: true), Hex.digit(byte & 15, uppercase: true),
                ]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
