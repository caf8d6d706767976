import MailTesting
import MailTypes
import Resolver
import Testing

@Suite("answers that the resolver has without asking", .timeLimit(.minutes(10)))
struct ResolverKnownAnswerTests {
    private static let signed = TestZone("signed.example", "a A 192.0.2.1\na TXT \"text\"", .signed)
    private static let stale = TestZone("stale.example", "a A 192.0.2.5", .expired)

    private static func question(_ name: DNSName, _ type: DNSRecordType = .a) -> DNSQuestion {
        DNSQuestion(name, type)
    }

    @Test("what was answered is known, with its proof, and nothing of another name or kind is")
    func answered() async throws {
        try await withResolver([Self.signed]) { resolver, _ in
            let question = Self.question("a.signed.example")
            #expect(resolver.known(question) == nil)
            let answer = await resolver.resolve(question)
            #expect(resolver.known(question)?.records == answer.records)
            #expect(resolver.known(question)?.kind == .secure)
            #expect(resolver.known(Self.question("a.signed.example", .txt)) == nil)
            #expect(resolver.known(Self.question("signed.example")) == nil)
            #expect(resolver.known(Self.question("b.a.signed.example")) == nil)
            let absent = Self.question("nobody.signed.example")
            #expect(await resolver.resolve(absent) == .failure(.nxdomain))
            #expect(resolver.known(absent) == .failure(.nxdomain))
        }
    }

    @Test("a forged answer is never known: it is a failure of the question that was asked, each time anew")
    func bogus() async throws {
        try await withResolver([Self.stale]) { resolver, _ in
            let question = Self.question("a.stale.example")
            for _ in 1...2 {
                expect(await resolver.resolve(question), is: .bogus)
                #expect(resolver.known(question) == nil)
            }
        }
    }

    @Test("a message's budget pays for what is known, and once for what must be asked")
    func budget() async throws {
        try await withResolver([Self.signed]) { resolver, _ in
            let question = Self.question("a.signed.example")
            let budget = QueryBudget(questions: 3, time: .seconds(3_600))
            #expect(resolver.known(question, budget: budget) == nil)
            #expect(budget.questionsLeft == 3)
            expect(await resolver.resolve(question, budget: budget), is: .secure)
            #expect(budget.questionsLeft == 2)
            #expect(resolver.known(question, budget: budget)?.kind == .secure)
            #expect(resolver.known(question, budget: budget)?.kind == .secure)
            #expect(resolver.known(question, budget: budget)?.kind == .temporary)
            #expect(resolver.known(Self.question("b.signed.example"), budget: budget)?.kind == .temporary)
            #expect(budget.questionsLeft == 0)
        }
    }

    @Test("a closed resolver knows nothing, for now")
    func closed() async throws {
        try await withResolver([Self.signed]) { resolver, _ in
            let question = Self.question("a.signed.example")
            expect(await resolver.resolve(question), is: .secure)
            resolver.close()
            #expect(resolver.known(question)?.kind == .temporary)
        }
    }
}
