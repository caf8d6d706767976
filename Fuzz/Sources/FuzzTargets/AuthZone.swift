import MailBytes
import MailTypes

/// Who sends a message, and the answers of a DNS, in lines of text: a name, a type, and the record.
///
///     CLIENT 192.0.2.1 mail.example.org ann@example.org
///     example.org TXT v=spf1 mx -all
///     example.org MX 10 mail.example.org
///     slow.example FAIL
///     * TXT v=DMARC1; p=reject
///
/// What stands under `*` answers questions that nothing else answers.
struct AuthZone {
    private(set) var client = IPAddress.v4(0xC000_0201)
    private(set) var helo = "mail.example.org"
    private(set) var mailFrom: EmailAddress?
    /// The data of all TXT records, for readers of single ones.
    private(set) var texts: [[UInt8]] = []

    private var records: [DNSQuestion: [DNSRecord]] = [:]
    private var wild: [DNSRecordType: [DNSRecord]] = [:]
    private var names: Set<DNSName> = []
    private var failing: Set<DNSName> = []

    /// Lines that make no record are left out.
    init(_ octets: ArraySlice<UInt8>) {
        for line in octets.split(separator: ASCII.lineFeed) {
            let words = line.split(separator: ASCII.space, maxSplits: 2)
            guard words.count > 1 else { continue }
            let (first, second) = (Self.text(words[0]), Self.text(words[1]))
            let data = words.count > 2 ? words[2] : []
            if first == "CLIENT" {
                self.readClient(second, data)
            } else if second == "FAIL" {
                if let name = DNSName(first) { self.failing.insert(name) }
            } else if let type = DNSRecordType(rawValue: second), let record = Self.record(type, data) {
                self.add(record, type, under: first)
            }
        }
    }

    func answer(_ question: DNSQuestion) -> DNSOutcome {
        if self.failing.contains(question.name) { return .failure(.temporary(reason: "a broken server")) }
        if let records = self.records[question] ?? self.wild[question.type] { return .success(DNSAnswer(records)) }
        return .failure(self.names.contains(question.name) ? .noData : .nxdomain)
    }

    private mutating func readClient(_ address: String, _ data: ArraySlice<UInt8>) {
        if let client = IPAddress(address) { self.client = client }
        let words = data.split(separator: ASCII.space, maxSplits: 1)
        if let helo = words.first { self.helo = Self.text(helo) }
        guard words.count > 1, let at = words[1].lastIndex(of: UInt8(ascii: "@")) else { return }
        self.mailFrom = EmailAddress(
            localPart: Self.text(words[1][..<at]),
            domain: Domain(Self.text(words[1][(at + 1)...]))
        )
    }

    private mutating func add(_ record: DNSRecord, _ type: DNSRecordType, under name: String) {
        if case .txt(let text) = record { self.texts.append(text) }
        if name == "*" {
            self.wild[type, default: []].append(record)
        } else if let name = DNSName(name) {
            self.records[DNSQuestion(name, type), default: []].append(record)
            self.names.insert(name)
        }
    }

    private static func record(_ type: DNSRecordType, _ data: ArraySlice<UInt8>) -> DNSRecord? {
        switch type {
        case .txt: .txt(Array(data))
        case .a, .aaaa: IPAddress(Self.text(data)).flatMap { $0.isIPv4 == (type == .a) ? .address($0) : nil }
        case .ptr: DNSName(Self.text(data)).map { .ptr($0) }
        case .mx: Self.exchange(data.split(separator: ASCII.space))
        case .cname, .tlsa: nil
        }
    }

    private static func exchange(_ words: [ArraySlice<UInt8>]) -> DNSRecord? {
        guard words.count == 2, let preference = UInt16(Self.text(words[0])),
            let exchange = DNSName(Self.text(words[1]))
        else { return nil }
        return .mx(preference: preference, exchange: exchange)
    }

    private static func text(_ octets: ArraySlice<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }
}
