import MailTesting
import MailTypes
import Resolver
import Synchronization
import Testing

@Suite("a DNS that does not answer", .timeLimit(.minutes(10)))
struct ResolverFailureTests {
    private static let zone = TestZone("open.example", "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3")

    private func withSilence(
        _ options: ResolverOptions = .init(),
        _ body: (Resolver, SilentServer) async throws -> Void
    ) async throws {
        let server = try SilentServer()
        defer { server.close() }
        var options = options
        options.forwarders = [DNSServerAddress("127.0.0.1", port: server.port)]
        options.trustAnchors = .none
        let resolver = try Resolver.open(options)
        defer { resolver.close() }
        try await body(resolver, server)
    }

    @Test("no answer in time is a failure for now")
    func timeOut() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .milliseconds(200) }) { resolver, _ in
            #expect(
                await resolver.resolve("a.example", .a)
                    == .failure(.temporary(reason: "the DNS gave no answer in time"))
            )
            // Again, joining the question that is still open.
            expect(await resolver.resolve("a.example", .a), is: .temporary)
        }
    }

    @Test("names whose servers are dead do not keep others from being asked for")
    func deadServers() async throws {
        let silent = try SilentServer()
        defer { silent.close() }
        try await DNSTestServer.with([Self.zone]) { server in
            var options = ResolverOptions()
            options.trustAnchors = .none
            options.limits.questionTime = .seconds(3_600)
            options.stubZones = [
                .init("open.example", servers: [server.address]),
                .init("dead.example", servers: [DNSServerAddress("127.0.0.1", port: silent.port)]),
            ]
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            for number in 0..<2_000 {
                let name = try #require(DNSName("n\(number).dead.example"))
                resolver.resolve(DNSQuestion(name, .a)) { _ in }
            }
            #expect(try await resolver.resolve("a.open.example", .a).get().records == [.address("192.0.2.1")])
        }
    }

    @Test("each who waits has a time of its own")
    func ownTimes() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .seconds(3_600) }) { resolver, _ in
            let question = DNSQuestion("a.example", .a)
            resolver.resolve(question) { _ in }
            for time in [Duration.milliseconds(100), .milliseconds(50)] {
                // On a busy machine the library may have given up on the server first.
                expect(
                    await resolver.resolve(question, budget: QueryBudget(questions: 9, time: time)),
                    is: .temporary
                )
            }
        }
    }

    @Test("of many who wait each is told, though their times lie close together")
    func closeTimes() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .seconds(3_600) }) { resolver, _ in
            await withTaskGroup(of: DNSOutcome.self) { group in
                for number in 0..<500 {
                    let name = DNSName(stringLiteral: "n\(number % 100).example")
                    let time = Duration.microseconds(50_000 + number * 100)
                    group.addTask {
                        await resolver.resolve(DNSQuestion(name, .a), budget: QueryBudget(questions: 1, time: time))
                    }
                }
                for await outcome in group { expect(outcome, is: .temporary) }
            }
        }
    }

    @Test("a server that refuses, or where none listens, is a failure for now")
    func refusal() async throws {
        try await DNSTestServer.with([Self.zone]) { server in
            let resolver = try Resolver.open(.asking(server.address))
            defer { resolver.close() }
            expect(await resolver.resolve("elsewhere.invalid-zone", .a), is: .temporary)
            server.stop()
            expect(await resolver.resolve("a.open.example", .a), is: .temporary)
        }
    }

    @Test("a cancelled task gets its answer at once, and the question is not lost")
    func cancellation() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .seconds(3_600) }) { resolver, server in
            await withTaskGroup(of: DNSOutcome.self) { group in
                group.addTask { await resolver.resolve("a.example", .a) }
                #expect(await server.waitForQuestion())
                group.cancelAll()
                let outcome = await group.next()
                #expect(outcome == .failure(.temporary(reason: "the question was withdrawn")))
            }
        }
    }

    @Test("a task that is cancelled before it asks does not wait")
    func cancelledBefore() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .seconds(3_600) }) { resolver, _ in
            await withTaskGroup(of: DNSOutcome.self) { group in
                group.cancelAll()
                for _ in 0..<50 { group.addTask { await resolver.resolve("a.example", .a) } }
                for await outcome in group { expect(outcome, is: .temporary) }
            }
        }
    }

    @Test("closing answers whoever waits, and later questions at once")
    func closing() async throws {
        try await self.withSilence(.with { $0.limits.questionTime = .seconds(3_600) }) { resolver, server in
            await withTaskGroup(of: DNSOutcome.self) { group in
                for number in 0..<10 { group.addTask { await resolver.resolve("n\(number % 3).example", .a) } }
                #expect(await server.waitForQuestion())
                resolver.close()
                for await outcome in group { #expect(outcome == Self.closed) }
            }
            #expect(await resolver.resolve("a.example", .a) == Self.closed)
            resolver.close()
        }
    }

    private static let closed = DNSOutcome.failure(.temporary(reason: "the resolver is closed"))

    @Test("equal questions asked at the same time are asked of the server once")
    func singleFlight() async throws {
        try await withResolver([Self.zone], .with { $0.limits.openQuestionsMax = 1 }) { resolver, _ in
            await withTaskGroup(of: DNSOutcome.self) { group in
                for _ in 0..<200 { group.addTask { await resolver.resolve("a.open.example", .a) } }
                for await outcome in group { expect(outcome, is: .insecure) }
            }
        }
    }

    @Test("more open questions than may be are refused for now")
    func openQuestions() async throws {
        let options = ResolverOptions.with {
            $0.limits.openQuestionsMax = 2
            $0.limits.questionTime = .seconds(3_600)
        }
        try await self.withSilence(options) { resolver, server in
            for name: DNSName in ["a.example", "b.example"] {
                resolver.resolve(DNSQuestion(name, .a)) { _ in }
            }
            #expect(
                await resolver.resolve("c.example", .a)
                    == .failure(.temporary(reason: "2 questions to the DNS are open already"))
            )
        }
    }

    @Test("a message's budget ends after its questions, cached ones too")
    func budgetOfQuestions() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let budget = QueryBudget(questions: 3, time: .seconds(60))
            let question = DNSQuestion("a.open.example", .a)
            for left in [2, 1, 0] {
                expect(await resolver.resolve(question, budget: budget), is: .insecure)
                #expect(budget.questionsLeft == left)
            }
            expect(await resolver.resolve(question, budget: budget), is: .temporary)
            expect(await resolver.resolve(question, budget: QueryBudget()), is: .insecure)
        }
    }

    @Test("a message's budget ends with its time, but what is known is still told")
    func budgetOfTime() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let known = DNSQuestion("a.open.example", .a)
            let unknown = DNSQuestion("b.open.example", .a)
            _ = await resolver.resolve(known)
            let budget = QueryBudget(questions: 9, time: .zero)
            expect(await resolver.resolve(known, budget: budget), is: .insecure)
            expect(await resolver.resolve(unknown, budget: budget), is: .temporary)
        }
    }

    @Test("many questions at once are all answered")
    func many() async throws {
        let zone = TestZone("open.example", "*.many A 192.0.2.1")
        try await withResolver([zone]) { resolver, _ in
            await withTaskGroup(of: DNSOutcome.self) { group in
                for number in 0..<800 { group.addTask { await resolver.resolve("n\(number).many.open.example", .a) } }
                for await outcome in group { expect(outcome, is: .insecure) }
            }
        }
    }

    @Test("a caller on an event loop is answered at once from the cache, else later, each exactly once")
    func completions() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let question = DNSQuestion("c.open.example", .a)
            let outcome = await withCheckedContinuation { continuation in
                resolver.resolve(question) { continuation.resume(returning: $0) }
            }
            expect(outcome, is: .insecure)
            let answers = Mutex(0)
            resolver.resolve(question) { _ in answers.withLock { $0 += 1 } }
            #expect(answers.withLock { $0 } == 1)
        }
    }

    @Test("several questions are answered together, each counted")
    func several() async throws {
        try await withResolver([Self.zone]) { resolver, _ in
            let known = DNSQuestion("a.open.example", .a)
            expect(await resolver.resolve(known), is: .insecure)
            let budget = QueryBudget(questions: 3, time: .seconds(60))
            let questions: Set = [known, DNSQuestion("b.open.example", .a), DNSQuestion("x.open.example", .a)]
            let outcomes = await resolver.resolve(questions, budget: budget)
            #expect(
                outcomes.mapValues(\.kind).values.sorted { "\($0)" < "\($1)" } == [.insecure, .insecure, .nxdomain]
            )
            #expect(Set(outcomes.keys) == questions)
            #expect(budget.questionsLeft == 0)
            let refused = await resolver.resolve(questions, budget: budget)
            #expect(refused.values.allSatisfy { $0.kind == .temporary })
        }
    }
}
