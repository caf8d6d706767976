import Dispatch
import MailTypes
import SASL
import Testing

@testable import Directory

/// Who is served when many log in at once. All is asked while the only worker is held up, so the order is the queue's.
@Suite("the order of logins", .timeLimit(.minutes(2)))
struct LoginOrderTests {
    private static let home = LoginOrigin.network(1)
    private static let office = LoginOrigin.network(2)
    private static let phone = LoginOrigin.network(3)

    private static func policy(waitingMax: Int = 100, perAddress: Int = 100) -> PasswordPolicy {
        var policy = DirectoryFixture.policy
        policy.workers = 1
        policy.waitingMax = waitingMax
        policy.waitingPerAddressMax = perAddress
        return policy
    }

    /// Submits a job for each name while the worker is held up.
    ///
    /// - Returns: what became of them, in that order; those refused have `!` behind them.
    private static func served(_ policy: PasswordPolicy, _ jobs: [(LoginOrigin, String)]) async -> [String] {
        let lane = HashingLane(policy)
        let gate = LoginGate(lane)
        let (ends, ended) = AsyncStream.makeStream(of: String.self)
        for (origin, name) in jobs {
            lane.submit(
                from: origin,
                .init {
                    ended.yield(name)
                } refuse: {
                    ended.yield("\(name)!")
                }
            )
        }
        gate.open()
        var served: [String] = []
        for await name in ends.prefix(jobs.count) { served.append(name) }
        return served
    }

    @Test("addresses are served in turns, each in the order of its own")
    func turns() async {
        let jobs =
            (1...5).map { (Self.home, "home\($0)") }
            + [(Self.office, "office1"), (Self.phone, "phone1"), (Self.phone, "phone2"), (Self.home, "home6")]
        #expect(
            await Self.served(Self.policy(), jobs) == [
                "home1", "office1", "phone1", "home2", "phone2", "home3", "home4", "home5", "home6",
            ]
        )
    }

    @Test("beyond its bound an address is refused at once, and others are not")
    func bound() async {
        let jobs = (1...4).map { (Self.home, "home\($0)") } + [(Self.office, "office1")]
        #expect(
            await Self.served(Self.policy(perAddress: 2), jobs) == ["home3!", "home4!", "home1", "office1", "home2"]
        )
    }

    @Test("when no more may wait in all, the last of the longest lane makes room")
    func displacement() async {
        let jobs =
            (1...4).map { (Self.home, "home\($0)") }
            + [(Self.office, "office1"), (Self.phone, "phone1"), (Self.phone, "phone2"), (Self.home, "home5")]
        #expect(
            await Self.served(Self.policy(waitingMax: 4), jobs) == [
                "home4!", "home3!", "phone2!", "home5!", "home1", "office1", "phone1", "home2",
            ]
        )
    }

    @Test("administration is never refused and never makes room")
    func administration() async {
        let jobs =
            (1...4).map { (LoginOrigin.administration, "own\($0)") }
            + [(Self.home, "home1"), (.administration, "own5")]
        #expect(
            await Self.served(Self.policy(waitingMax: 2, perAddress: 1), jobs) == [
                "home1!", "own1", "own2", "own3", "own4", "own5",
            ]
        )
    }

    @Test("a login from elsewhere is served next, however many passwords one address guesses")
    func guessing() async throws {
        let options = DirectoryOptions(passwords: Self.policy(perAddress: 8))
        try await DirectoryFixture.with(accounts: ["alice", "bob"], options: options) { fixture in
            let directory = fixture.directory
            #expect(await fixture.login("bob", "pw").name == "bob@martlet.test")
            let gate = LoginGate(directory.logins.lane)
            let (ends, ended) = AsyncStream.makeStream(of: String.self)
            for number in 1...10 {
                let claim = PasswordClaim(login: "alice", password: Secret("guess \(number)"))
                directory.authenticate(claim, from: Self.home) { ended.yield("guess \(number): \($0.name)") }
            }
            let alice = PasswordClaim(login: "alice", password: Secret("pw"))
            directory.authenticate(alice, from: Self.office) { ended.yield($0.name) }
            let bob = PasswordClaim(login: "bob", password: Secret("pw"))
            directory.authenticate(bob, from: Self.home) { ended.yield($0.name) }
            gate.open()
            var answers: [String] = []
            for await answer in ends.prefix(12) { answers.append(answer) }
            #expect(
                answers == [
                    "guess 9: unavailable", "guess 10: unavailable", "bob@martlet.test", "guess 1: denied",
                    "alice@martlet.test",
                ] + (2...8).map { "guess \($0): denied" }
            )
        }
    }

    @Test("an address that asks more than it may learns nothing of who there is", arguments: ["alice", "nobody"])
    func sameForNobody(login: String) async throws {
        let options = DirectoryOptions(passwords: Self.policy(perAddress: 2))
        try await DirectoryFixture.with(accounts: ["alice"], options: options) { fixture in
            let directory = fixture.directory
            let before = directory.hashesComputed
            let gate = LoginGate(directory.logins.lane)
            let (ends, ended) = AsyncStream.makeStream(of: String.self)
            for password in ["a", "a", "a", "b", "b", "c", "c", "a"] {
                let claim = PasswordClaim(login: login, password: Secret(password))
                directory.authenticate(claim, from: Self.home) { ended.yield("\(password) \($0.name)") }
            }
            gate.open()
            var answers: [String] = []
            for await answer in ends.prefix(8) { answers.append(answer) }
            #expect(
                answers == ["c unavailable", "c unavailable"] + Array(repeating: "a denied", count: 4)
                    + ["b denied", "b denied"]
            )
            #expect(directory.hashesComputed == before + 3, "one for the gate, one for each password that waited")
        }
    }
}

/// Holds up a lane's only worker.
private final class LoginGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    init(_ lane: HashingLane) {
        let semaphore = self.semaphore
        lane.submit(
            from: .administration,
            .init {
                semaphore.wait()
            } refuse: {
            }
        )
    }

    func open() {
        self.semaphore.signal()
    }
}
