/// What a server offers, as it stands in its answer to EHLO or LHLO: written by our servers, read by our client.
///
///     250-mail.example.org
///     250-PIPELINING
///     250 SIZE 52428800
///
/// RFC 5321 §4.1.1.1.
package struct SMTPCapabilities: Hashable, Sendable {
    /// The server's name, the first word of the first line.
    package var domain: String
    package var extensions: SMTPExtensions
    /// Octets of the largest message; `nil` when the server names none. RFC 1870 §4.
    package var messageOctetsMax: Int?
    /// Seconds below which the server does not take `BY=…;R`; `nil` when it names none. RFC 2852 §3.
    package var deliverBySecondsMin: Int?
    /// SASL mechanisms in capitals, in the server's order; none without AUTH.
    package var mechanisms: [String]

    package init(
        domain: String,
        extensions: SMTPExtensions = [],
        messageOctetsMax: Int? = nil,
        mechanisms: [String] = []
    ) {
        self.domain = domain
        self.extensions = extensions
        self.messageOctetsMax = messageOctetsMax
        self.mechanisms = mechanisms
    }

    /// The answer to EHLO or LHLO. It has no status codes: RFC 2034 §4.
    package var reply: SMTPReply {
        var lines = [self.domain]
        for (feature, keyword) in Self.plainKeywords where self.extensions.contains(feature) { lines.append(keyword) }
        if self.extensions.contains(.size) {
            lines.append(self.messageOctetsMax.map { "SIZE \($0)" } ?? "SIZE")
        }
        if self.extensions.contains(.auth) && !self.mechanisms.isEmpty {
            lines.append("AUTH " + self.mechanisms.joined(separator: " "))
        }
        return SMTPReply(250, nil, lines: lines)
    }

    /// Reads a server's answer; lines it does not know are passed over.
    package init(_ reply: SMTPReply) {
        let first = reply.lines.first ?? ""
        self.init(domain: first.split(separator: " ").first.map(String.init) ?? "")
        for line in reply.lines.dropFirst() { self.read(line) }
    }

    private mutating func read(_ line: String) {
        var words = line.split(separator: " ").map { $0.uppercased() }
        // `AUTH=LOGIN PLAIN` is how servers wrote it before there was a standard.
        if let first = words.first, first.hasPrefix("AUTH=") {
            words.replaceSubrange(0...0, with: ["AUTH", String(first.dropFirst(5))])
        }
        guard let keyword = words.first else { return }
        if let feature = Self.plainKeywords.first(where: { $0.1 == keyword })?.0 {
            self.extensions.insert(feature)
            if feature == .deliverBy { self.deliverBySecondsMin = words.dropFirst().first.flatMap { Int($0) } }
        } else if keyword == "SIZE" {
            self.extensions.insert(.size)
            // 0 means that no fixed maximum is in force. RFC 1870 §4.
            self.messageOctetsMax = words.dropFirst().first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        } else if keyword == "AUTH" {
            self.extensions.insert(.auth)
            for mechanism in words.dropFirst() where !mechanism.isEmpty && !self.mechanisms.contains(mechanism) {
                self.mechanisms.append(mechanism)
            }
        }
    }

    /// Extensions announced by a keyword alone, in the order they are written.
    private static let plainKeywords: [(SMTPExtensions, String)] = [
        (.pipelining, "PIPELINING"),
        (.startTLS, "STARTTLS"),
        (.eightBitMIME, "8BITMIME"),
        (.binaryMIME, "BINARYMIME"),
        (.enhancedStatusCodes, "ENHANCEDSTATUSCODES"),
        (.dsn, "DSN"),
        (.internationalized, "SMTPUTF8"),
        (.chunking, "CHUNKING"),
        (.deliverBy, "DELIVERBY"),
    ]
}
