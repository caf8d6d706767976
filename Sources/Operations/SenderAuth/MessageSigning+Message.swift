internal import MIME
internal import MailBytes
internal import SenderAuth

extension MessageSigning {
    /// Octets of a header that is signed by the running program, which takes no longer calls.
    private static let headerOctetsMax = 2 << 20

    /// What is needed to have a message signed: its header and its body's hash.
    ///
    /// - Parameters:
    ///   - message: lines ending in CRLF.
    ///   - domain: the one in From when it is `nil`.
    package init(
        message: [UInt8],
        domain: String?,
        selector: String?,
        canonicalization: MessageCanonicalization
    ) throws(OperationError) {
        let headerOctets = HeaderScanner.headerOctets(of: message.span)
        guard headerOctets <= Self.headerOctetsMax else {
            throw OperationError("the message's header has more than \(Self.headerOctetsMax) octets")
        }
        let request = BodyHashRequest(canonicalization.body)
        var hasher = BodyHasher([request])
        hasher.update(message.span.extracting(droppingFirst: headerOctets))
        if let domain { self.domain = domain } else { self.domain = try Self.authorDomain(of: message) }
        self.selector = selector
        self.header = Base64.encode(message[..<headerOctets])
        self.bodyHash = Base64.encode(hasher.finish()[request]?.octets ?? [])
        self.canonicalization = canonicalization
    }

    private static func authorDomain(of message: [UInt8]) throws(OperationError) -> String {
        guard let field = HeaderScanner.first("From", in: message.span),
            let domain = AddressList.parse(field.value, in: message.span).compactMap(\.domain).first
        else { throw OperationError("the message's From names no domain. Name one with --domain") }
        return String(decoding: domain, as: UTF8.self)
    }
}
