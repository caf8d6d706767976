internal import MailBytes

/// A `mailto:` URI: whom to write and what. RFC 6068 §2; RFC 5436 §2.
struct MailtoURI {
    /// Recipients of one notification, copies included.
    static let recipientsMax = 8

    private(set) var recipients: [SieveNotifyRecipient] = []
    private(set) var copies: [SieveNotifyRecipient] = []
    private(set) var subject: String?
    private(set) var body: String?
    private(set) var fields: [SieveHeaderLine] = []

    private struct Fault: Error {
        var reason: String
    }

    init?(_ text: [UInt8]) {
        do throws(Fault) {
            try self.read(text)
        } catch {
            return nil
        }
    }

    private init() {}

    /// What is wrong with a URI; `nil` when nothing is.
    static func fault(in text: [UInt8]) -> String? {
        do throws(Fault) {
            var uri = MailtoURI()
            try uri.read(text)
            return nil
        } catch {
            return error.reason
        }
    }

    ///     mailtoURI = "mailto:" [ to ] [ hfields ]
    ///     hfields   = "?" hfield *( "&" hfield )
    private mutating func read(_ text: [UInt8]) throws(Fault) {
        let scheme = Array("mailto:".utf8)
        guard ASCIIFold.folded(Array(text.prefix(scheme.count))) == scheme else {
            throw Fault(reason: "expected a URI that starts with 'mailto:'")
        }
        let rest = text.dropFirst(scheme.count)
        let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        try self.add(recipients: Self.decoded(rest[..<mark], allowing: ""), areCopies: false)
        guard mark < rest.endIndex else { return }
        for field in rest[(mark + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else {
                throw Fault(reason: "expected 'name=value' behind '?'")
            }
            let name = try Self.decoded(field[..<equals], allowing: ";/?")
            let value = try Self.decoded(field[(equals + 1)...], allowing: ";/?=")
            try self.add(field: name, value)
        }
    }

    private mutating func add(field name: [UInt8], _ value: [UInt8]) throws(Fault) {
        guard HeaderKey.isFieldName(name) else { throw Fault(reason: "this is no header field's name") }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: ASCIIFold.folded(name), as: UTF8.self) {
        case "to": try self.add(recipients: value, areCopies: false)
        case "cc": try self.add(recipients: value, areCopies: true)
        case "subject": self.subject = text
        case "body": self.body = text
        case let name where Self.isUnsafe(name): break
        default: self.fields.append(SieveHeaderLine(name: String(decoding: name, as: UTF8.self), value: text))
        }
    }

    /// Fields that no script sets by a URI. RFC 5436 §2.4; RFC 6068 §7.
    private static func isUnsafe(_ name: String) -> Bool {
        let unsafe: Set<String> = [
            "from", "sender", "reply-to", "bcc", "date", "message-id", "auto-submitted", "received", "return-path",
            "mime-version", "delivered-to", "importance", "precedence", "in-reply-to", "references",
        ]
        return unsafe.contains(name) || name.hasPrefix("content-") || name.hasPrefix("resent-")
            || name.hasPrefix("list-") || name.hasPrefix("x-sieve") || name.hasPrefix("dkim-")
    }

    private mutating func add(recipients text: [UInt8], areCopies: Bool) throws(Fault) {
        for piece in text.split(separator: UInt8(ascii: ",")) {
            guard let address = OutgoingAddress.read(Array(piece)) else {
                throw Fault(reason: "'\(String(decoding: piece, as: UTF8.self))' is no address")
            }
            let known = (self.recipients + self.copies).map { $0.address.lowercased() }
            guard !known.contains(address.lowercased()) else { continue }
            guard known.count < Self.recipientsMax else {
                throw Fault(reason: "there are more than \(Self.recipientsMax) recipients")
            }
            let recipient = SieveNotifyRecipient(address: address, text: String(decoding: piece, as: UTF8.self))
            if areCopies { self.copies.append(recipient) } else { self.recipients.append(recipient) }
        }
    }

    /// Undoes percent-encoding; other characters than a URI may have are a fault.
    private static func decoded(_ text: ArraySlice<UInt8>, allowing more: String) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.endIndex, let high = Hex.value(text[index + 1]),
                    let low = Hex.value(text[index + 2]),
                    high | low != 0
                else { throw Fault(reason: "expected two hexadecimal digits behind '%'") }
                bytes.append(high << 4 | low)
                index += 3
                continue
            }
            guard ASCII.isAlphanumeric(byte) || "-._~!$'()*+,:@".utf8.contains(byte) || more.utf8.contains(byte) else {
                throw Fault(reason: "the character '\(Character(Unicode.Scalar(byte)))' cannot stand there")
            }
            bytes.append(byte)
            index += 1
        }
        return bytes
    }
}
