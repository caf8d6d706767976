import MailTypes
import SASL
import Testing

/// Whatever a peer sends, an exchange ends in order and lets nobody in by chance.
@Suite("SASL under mutated input")
struct SASLMutationTests {
    static let seeds: [String] = [
        "\u{0}tim\u{0}tanstaaf", "bob", SCRAMVectorTests.clientFirst, SCRAMVectorTests.clientFinal,
        "p=tls-exporter,a=x,n=user,r=abc", "c=biws,r=x,p=AAAA",
    ]

    @Test("no server lets mutated messages in", arguments: SASLMechanism.allCases)
    func server(_ mechanism: SASLMechanism) {
        var generator = SplitMix(state: 42)
        let offer = SASLOffer(allowsPasswords: true, bindings: SASLConversationTests.bindings)
        let decoy = SCRAMCredentials.decoy(login: "x", key: Secret("k"), iterations: 4_096, saltOctets: 16)
        for _ in 0..<3_000 {
            var server = SASLServer(mechanism, offer: offer)
            var action = server.begin(initialResponse: Self.mutated(&generator))
            for _ in 0..<6 {
                switch action {
                case .challenge: action = server.responseReceived(Self.mutated(&generator))
                case .findCredentials: action = server.credentialsFound(decoy)
                case .verifyPassword, .verifyCertificate: action = server.verificationEnded(.denied)
                case .failure: action = server.responseReceived(Self.mutated(&generator))
                case .success: Issue.record("\(mechanism) let a mutated message in")
                }
            }
        }
    }

    @Test(
        "no client takes a mutated server for the right one",
        arguments: [SASLMechanism.scramSHA256, .scramSHA256Plus]
    )
    func client(_ mechanism: SASLMechanism) {
        var generator = SplitMix(state: 7)
        for _ in 0..<1_000 {
            var client = SASLClient(
                mechanism,
                credentials: SASLClientCredentials(login: "user", password: Secret("pencil")),
                bindings: SASLConversationTests.bindings
            )
            _ = try? client.begin()
            for _ in 0..<3 { _ = try? client.challengeReceived(Self.mutated(&generator)) }
            #expect(throws: SASLClientError.self) { try client.successReceived() }
        }
    }

    private static func mutated(_ generator: inout SplitMix) -> [UInt8] {
        var bytes = Array((Self.seeds.randomElement(using: &generator) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            default:
                guard place < bytes.count else { continue }
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        return bytes
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
