internal import MIME
internal import MailBytes
package import MailTypes

/// Who signs, with which key, and what.
package struct DKIMSigningOptions: Sendable {
    package var domain: DNSName
    package var selector: DNSName
    package var key: DKIMPrivateKey
    package var headerForm: Canonicalization = .relaxed
    package var bodyForm: Canonicalization = .relaxed
    /// Fields that are signed where the message has them, each as often as it stands there.
    package var signedNames: [String] = Self.recommendedNames
    /// Fields that are signed once more than they stand there, so that nobody can add one. RFC 6376 §8.15.
    package var oversignedNames: [String] = Self.recommendedOversignedNames
    /// Who within the domain, if anybody is to be named.
    package var identity: String?
    /// How long the signature shall be good for.
    package var lifetime: Duration?
    /// Whether t= tells when it was made.
    package var writesTime = true

    package init(domain: DNSName, selector: DNSName, key: DKIMPrivateKey) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// RFC 6376 §5.4.1, without those that relays and lists change as a matter of course.
    package static let recommendedNames = [
        "From", "Reply-To", "Subject", "Date", "To", "Cc", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Content-Description",
        "Resent-Date", "Resent-From", "Resent-To", "Resent-Cc", "List-Id", "List-Help", "List-Unsubscribe",
        "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive", "Autocrypt",
    ]

    /// Those a reader is shown, or that say how the body is read.
    package static let recommendedOversignedNames = [
        "From", "Reply-To", "Subject", "Date", "To", "Cc", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    ]
}

/// Signs a message for a domain. RFC 6376 §5, RFC 8463.
///
///     let signer = DKIMSigner(options)
///     var hasher = BodyHasher([signer.bodyRequest])       // fed with the body
///     let field = try signer.field(header: message, body: hash, now: now)   // goes before the message
package struct DKIMSigner: Sendable {
    private let options: DKIMSigningOptions

    package init(_ options: DKIMSigningOptions) {
        self.options = options
    }

    package var bodyRequest: BodyHashRequest { BodyHashRequest(self.options.bodyForm, .sha256) }

    /// The DKIM-Signature field for a message in hand, its last CRLF included.
    package func field(message: Span<UInt8>, now: Instant) throws(DKIMKeyError) -> [UInt8] {
        let bodyStart = HeaderScanner.headerOctets(of: message)
        var hasher = BodyHasher([self.bodyRequest])
        hasher.update(message.extracting(bodyStart..<message.count))
        let hash = hasher.finish()[self.bodyRequest]?.octets ?? []
        return try self.field(header: message, bodyHash: hash, now: now)
    }

    /// The DKIM-Signature field for a message whose body was hashed as `bodyRequest` says.
    package func field(header: Span<UInt8>, bodyHash: [UInt8], now: Instant) throws(DKIMKeyError) -> [UInt8] {
        let fields = HeaderFields(header)
        let names = self.names(in: fields)
        var text = FoldedField("DKIM-Signature")
        text.add("v=1;")
        text.add("a=\(self.options.key.algorithm.rawValue);")
        text.add("c=\(self.options.headerForm.rawValue)/\(self.options.bodyForm.rawValue);")
        text.add("d=\(self.options.domain);")
        text.add("s=\(self.options.selector);")
        if let identity = self.options.identity { text.add("i=\(identity);") }
        if self.options.writesTime { text.add("t=\(now.secondsSince1970);") }
        if let lifetime = self.options.lifetime { text.add("x=\((now + lifetime).secondsSince1970);") }
        text.addList("h=", names, separator: ":", end: ";")
        text.add("bh=\(Base64.encode(bodyHash));")
        text.add("b=")
        let signature = try Self.sign(text, names, of: fields, form: self.options.headerForm, key: self.options.key)
        text.addBlob(Base64.encode(signature))
        return text.finish()
    }

    /// Those named in the options that the message has, as often as it has them, and once more for the oversigned.
    private func names(in fields: HeaderFields) -> [String] {
        let wanted = Self.lowercasedOnce(self.options.signedNames + self.options.oversignedNames + ["From"])
        let oversigned = Set(self.options.oversignedNames.map { $0.lowercased() })
        var names: [String] = []
        for name in wanted where name != "dkim-signature" {
            let count = fields.indices(of: name).count + (oversigned.contains(name) ? 1 : 0)
            let room = SenderAuthLimits.signedNamesMax - names.count
            names += Array(repeating: name, count: min(count, max(0, room)))
        }
        return names
    }

    private static func lowercasedOnce(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.map { $0.lowercased() }.filter { seen.insert($0).inserted }
    }

    /// - Parameter text: the signature's field up to the empty b=.
    static func sign(
        _ text: FoldedField,
        _ names: [String],
        of fields: HeaderFields,
        form: Canonicalization,
        key: DKIMPrivateKey
    ) throws(DKIMKeyError) -> [UInt8] {
        var writer = SignedHeaderWriter(form)
        guard writer.write(names, of: fields, excluding: nil) else { throw .unsupported }
        writer.writeOwnSignature(text.octets)
        return try key.signature(for: writer.octets)
    }
}

extension SignedHeaderWriter {
    /// A signature's field that is just being written, up to its empty b=.
    mutating func writeOwnSignature(_ field: [UInt8]) {
        let fields = HeaderFields(field.span)
        self.writeSignature(0, of: fields, without: field.count..<field.count)
    }
}
