import MailTypes
import SenderAuth
import Testing

@testable import Operations

@Suite("signing a message")
struct DKIMSigningTests {
    @Test(
        "the field names domain, selector and form, and is one that verifies",
        arguments: ["relaxed/simple", "simple/relaxed"]
    )
    func forms(_ canonicalization: String) throws {
        let author = Author()
        var signing = author.signing
        signing.canonicalization = try MessageCanonicalization(canonicalization)
        let field = try signing.field(for: authorsMessage, now: fixedTime)
        let text = String(decoding: field, as: UTF8.self)
        #expect(text.contains("c=\(canonicalization); d=example.org; s=s1;"))
        #expect(text.hasSuffix("\r\n"))
        let message = field + authorsMessage
        var verifier = DKIMVerifier(header: message.span, now: fixedTime)
        var hasher = BodyHasher(verifier.bodyRequests)
        hasher.update(Array("Hi Bob.\r\n".utf8).span)
        let question = try #require(verifier.questions.first)
        verifier.answered(question, .success(DNSAnswer([.txt(Array(author.key.recordText.utf8))])))
        #expect(verifier.results(bodies: hasher.finish()).map(\.verdict) == [.pass])
    }

    @Test("a key, a name or a form that cannot be is refused with what would be right")
    func refusals() {
        let author = Author()
        func refusal(_ change: (inout DKIMSigning) -> Void) -> String? {
            var signing = author.signing
            change(&signing)
            return #expect(throws: OperationError.self) { try signing.field(for: authorsMessage, now: fixedTime) }?
                .message
        }
        #expect(refusal { $0.key = Secret("x") }?.contains("no private key in PEM form") == true)
        #expect(refusal { $0.domain = "a b" }?.contains("'a b' is no domain") == true)
        #expect(refusal { $0.selector = "" }?.contains("is no selector") == true)
        for form in ["relaxed", "relaxed/", "strict/relaxed", "a/b/c"] {
            let error = #expect(throws: OperationError.self) { try MessageCanonicalization(form) }
            #expect(error?.message.contains("Give relaxed/relaxed") == true)
        }
    }
}
