internal import MIME
internal import MailTypes
internal import SenderAuth

/// Verifying a message's signatures, from its octets to the verdict.
struct DKIMWork: RepeatedWork {
    private let question: DNSQuestion
    private let answer: DNSOutcome
    private let message: [UInt8]
    private let now = Instant(secondsSince1970: 1_800_000_000)

    init(name: String, record: String, message: String) throws {
        guard let name = DNSName(name) else { throw RatesFailure("'\(name)' is no name") }
        self.question = DNSQuestion(name, .txt)
        self.answer = .success(DNSAnswer([.txt(Array(record.utf8))]))
        self.message = try RatesFailure.contents(of: message)
    }

    func run() -> String {
        let bytes = self.message.span
        var verifier = DKIMVerifier(header: bytes, now: self.now)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(bytes.extracting(min(HeaderScanner.headerOctets(of: bytes), bytes.count)...))
        for question in verifier.questions where question == self.question {
            verifier.answered(question, self.answer)
        }
        return verifier.results(bodies: hasher.finish()).map(\.verdict.rawValue).joined(separator: " ")
    }
}
