import MailTypes
import SenderAuth

/// A zone in memory: what the tests' questions are answered from.
struct TestZone {
    var answers: [DNSQuestion: DNSOutcome] = [:]
    /// Questions that were asked, in order.
    private(set) var asked: [DNSQuestion] = []

    /// Names that are known at all, so that absence is told as `noData` or `nxdomain`.
    private var names: Set<DNSName> = []

    mutating func add(_ name: String, _ type: DNSRecordType, _ records: [DNSRecord], secure: Bool = false) {
        let question = DNSQuestion(Self.name(name), type)
        let earlier = (try? self.answers[question]?.get().records) ?? []
        self.answers[question] = .success(DNSAnswer(earlier + records, security: secure ? .secure : .insecure))
        self.names.insert(question.name)
    }

    mutating func txt(_ name: String, _ text: String) { self.add(name, .txt, [.txt(Array(text.utf8))]) }

    mutating func address(_ name: String, _ text: String) {
        guard let address = IPAddress(text) else { fatalError("\(text) is no address") }
        self.add(name, address.isIPv4 ? .a : .aaaa, [.address(address)])
    }

    mutating func mx(_ name: String, _ exchange: String, _ preference: UInt16 = 10) {
        self.add(name, .mx, [.mx(preference: preference, exchange: Self.name(exchange))])
    }

    mutating func ptr(_ address: String, _ name: String) {
        guard let address = IPAddress(address) else { fatalError("\(address) is no address") }
        self.add(address.reverseName.text, .ptr, [.ptr(Self.name(name))])
    }

    mutating func fail(_ name: String, _ type: DNSRecordType, _ failure: DNSFailure = .temporary(reason: "timeout")) {
        self.answers[DNSQuestion(Self.name(name), type)] = .failure(failure)
    }

    mutating func ask(_ question: DNSQuestion) -> DNSOutcome {
        self.asked.append(question)
        if let answer = self.answers[question] { return answer }
        let exists = self.names.contains { $0.isEqualOrBelow(question.name) }
        return .failure(exists ? .noData : .nxdomain)
    }

    static func name(_ text: String) -> DNSName {
        guard let name = DNSName(text) else { fatalError("\(text) is no name") }
        return name
    }
}

extension String {
    /// The text with CRLF line ends.
    var wire: [UInt8] { Array(self.replacing("\n", with: "\r\n").utf8) }
}

extension Instant {
    static let testNow = Instant(secondsSince1970: 1_760_000_000)
}

/// Verifies a message's DKIM signatures against a zone, its body fed in pieces.
func verifyDKIM(
    _ message: [UInt8],
    _ zone: inout TestZone,
    policy: DKIMPolicy = DKIMPolicy(),
    now: Instant = .testNow,
    pieceOctets: Int = Int.max
) -> [DKIMResult] {
    var verifier = DKIMVerifier(header: message.span, policy: policy, now: now)
    var hasher = BodyHasher(verifier.bodyRequests)
    var position = bodyStart(of: message)
    while position < message.count {
        let end = position + min(pieceOctets, message.count - position)
        hasher.update(message.span.extracting(position..<end))
        position = end
    }
    for question in verifier.questions { verifier.answered(question, zone.ask(question)) }
    return verifier.results(bodies: hasher.finish())
}

/// Behind the first empty line.
func bodyStart(of message: [UInt8]) -> Int {
    for index in message.indices.dropFirst() where message[index] == 0x0A {
        if message[index - 1] == 0x0A { return index + 1 }
        if index >= 3, message[index - 1] == 0x0D, message[index - 2] == 0x0A { return index + 1 }
    }
    return message.count
}

/// Keys made for these tests; they sign nothing else.
enum TestKeys {
    static let ed25519 = DKIMPrivateKey.makeEd25519()
    static let rsa = makeRSA()

    private static func makeRSA() -> DKIMPrivateKey {
        guard let key = try? DKIMPrivateKey.makeRSA(bits: 2_048) else { fatalError("no RSA key can be made") }
        return key
    }
}
