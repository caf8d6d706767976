internal import MailBytes
package import MailTypes

/// What a domain wants done with mail that only claims to be its own.
package enum DMARCDisposition: String, Hashable, Comparable, Sendable, CaseIterable {
    case none
    case quarantine
    case reject

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .none: 0
        case .quarantine: 1
        case .reject: 2
        }
    }

    /// The next milder one, as for mail that pct= or t= exempts. RFC 7489 §6.6.4, RFC 9989 §4.7.
    var milder: Self { self == .reject ? .quarantine : .none }
}

/// A domain's DMARC policy. RFC 7489 §6.3; RFC 9989 §4.7 adds np=, psd= and t= and drops pct=, which is still honoured.
package struct DMARCRecord: Hashable, Sendable {
    package enum Alignment: String, Hashable, Sendable {
        case relaxed = "r"
        case strict = "s"
    }

    /// Whether the domain is one below which others' domains stand.
    package enum SuffixRole: String, Hashable, Sendable {
        case yes = "y"
        case no = "n"
        case unknown = "u"
    }

    /// What is asked for mail of the domain itself.
    package var policy: DMARCDisposition
    /// For its subdomains, if something else: sp=.
    package var subdomainPolicy: DMARCDisposition?
    /// For names below it that do not exist: np=.
    package var missingDomainPolicy: DMARCDisposition?
    package var dkimAlignment = Alignment.relaxed
    package var spfAlignment = Alignment.relaxed
    /// Of a hundred failing messages, how many get the policy: pct=.
    package var percent = 100
    /// t=y: get the next milder one.
    package var isTesting = false
    package var suffixRole = SuffixRole.unknown
    package var aggregateReports: [DMARCReportAddress] = []
    package var failureReports: [DMARCReportAddress] = []
    /// fo=, as it stands there.
    package var failureOptions = "0"

    /// Whether a TXT record is a DMARC policy at all: its first tag is `v=DMARC1`, in just that case.
    static func isPolicy(_ text: [UInt8]) -> Bool {
        let head = text.prefix { $0 != UInt8(ascii: ";") }
        guard text.count <= SenderAuthLimits.recordOctetsMax, head.count < text.count || head.count <= 32 else {
            return false
        }
        return head.lazy.filter { !ASCII.isBlank($0) }.elementsEqual("v=DMARC1".utf8)
    }

    /// Tags that are wrong count as absent. `nil` when no policy can be made out and no reports are asked for either.
    /// RFC 7489 §6.6.3, RFC 9989 §4.7.
    package init?(_ text: [UInt8]) {
        guard Self.isPolicy(text), let tags = TagList(text, otherwise: .skip) else { return nil }
        func choice<Choice: RawRepresentable<String>>(_ tag: String) -> Choice? {
            tags.text(tag).flatMap { Choice(rawValue: $0.lowercased()) }
        }
        self.aggregateReports = DMARCReportAddress.list(tags.text("rua"))
        self.failureReports = DMARCReportAddress.list(tags.text("ruf"))
        self.subdomainPolicy = choice("sp")
        self.missingDomainPolicy = choice("np")
        let areSubpoliciesValid =
            (tags["sp"] == nil || self.subdomainPolicy != nil) && (tags["np"] == nil || self.missingDomainPolicy != nil)
        if let policy: DMARCDisposition = choice("p"), areSubpoliciesValid {
            self.policy = policy
        } else {
            // A record without p= is one of its own kind in RFC 9989; with a wrong one, only reports are asked for.
            guard tags["p"] == nil && areSubpoliciesValid || !self.aggregateReports.isEmpty else { return nil }
            self.policy = .none
            if !areSubpoliciesValid || tags["p"] != nil {
                self.subdomainPolicy = nil
                self.missingDomainPolicy = nil
            }
        }
        if let alignment: Alignment = choice("adkim") { self.dkimAlignment = alignment }
        if let alignment: Alignment = choice("aspf") { self.spfAlignment = alignment }
        if let percent = tags.text("pct").flatMap({ UInt8($0) }), percent <= 100 { self.percent = Int(percent) }
        self.isTesting = tags.text("t")?.lowercased() == "y"
        if let role: SuffixRole = choice("psd") { self.suffixRole = role }
        if let options = tags.text("fo") { self.failureOptions = options }
    }
}

/// Where a domain wants reports: `mailto:` with an address; other ways are kept as they stand. RFC 7489 §6.2.
package struct DMARCReportAddress: Hashable, Sendable {
    package var uri: String
    /// The mailbox of a `mailto:` URI.
    package var mailbox: EmailAddress?
    /// Octets of the largest report that is wanted there.
    package var octetsMax: Int?

    ///     URI [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "!", omittingEmptySubsequences: false)
        guard parts.count <= 2, let uri = parts.first, let colon = uri.firstIndex(of: ":"), colon > uri.startIndex,
            uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        if parts.count == 2 {
            guard let size = Self.size(parts[1]) else { return nil }
            self.octetsMax = size
        }
        self.uri = String(uri)
        guard uri[..<colon].lowercased() == "mailto" else { return }
        let address = uri[uri.index(after: colon)...].prefix { $0 != "?" }
        guard let at = address.lastIndex(of: "@"), at > address.startIndex,
            let localPart = Self.unescaped(address[..<at]),
            let domain = DNSName(international: address[address.index(after: at)...])
        else { return nil }
        self.mailbox = EmailAddress(localPart: localPart, domain: Domain(domain.text))
    }

    static func list(_ text: String?) -> [Self] {
        (text ?? "").split(separator: ",").prefix(SenderAuthLimits.reportAddressesMax).compactMap { part in
            Self(String(decoding: part.utf8.filter { !ASCII.isBlank($0) }, as: UTF8.self))
        }
    }

    private static func size(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8.prefix(while: ASCII.isDigit)
        guard !digits.isEmpty, digits.count <= 9, let number = Int(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        switch text.dropFirst(digits.count).lowercased() {
        case "": return number
        case "k": return number << 10
        case "m": return number << 20
        case "g": return number << 30
        case "t": return number << 40 > 0 ? number << 40 : nil
        default: return nil
        }
    }

    /// `%21` as `!`; `nil` when that is no escape or not UTF-8.
    private static func unescaped(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hex.value), let low = rest.popFirst().flatMap(Hex.value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
