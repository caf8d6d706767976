import Testing

@testable import Supervisor

@Suite("restart policy")
struct RestartPolicyTests {
    @Test("a worker that dies now and then is replaced at once")
    func rareDeaths() {
        var policy = RestartPolicy()
        for start in 0..<100 {
            policy.workerStarted(at: Int64(start) * 60_000)
            #expect(policy.pauseAfterEnd(at: Int64(start) * 60_000 + 20_000) == 0)
        }
    }

    @Test("one that keeps dying young is given ever longer pauses up to five seconds, and a long life clears them")
    func youngDeaths() {
        var policy = RestartPolicy()
        var pauses: [Int64] = []
        for _ in 0..<20 {
            policy.workerStarted(at: 0)
            pauses.append(policy.pauseAfterEnd(at: 50))
        }
        #expect(pauses.prefix(10).allSatisfy { $0 == 0 })
        #expect(Array(pauses[10...12]) == [100, 200, 400])
        #expect(pauses.last == RestartPolicy.pauseMax)
        policy.workerStarted(at: 0)
        #expect(policy.pauseAfterEnd(at: 3_600_000) == 0)
    }
}

@Suite("worker handover")
struct WorkerHandoverTests {
    @Test("the worker reads what the supervisor wrote")
    func roundTrip() throws {
        let handover = WorkerHandover(
            sockets: [("smtp", 5), ("imaps", 12)],
            lifeline: 7,
            reports: 9,
            previousEnd: .signalled(4),
            hasDiskFailed: true,
            restarts: 3,
            program: "/usr/bin/martlet",
            home: "/var/lib/martlet"
        )
        let variables = Dictionary(
            uniqueKeysWithValues: handover.environment.map { variable in
                let parts = variable.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            }
        )
        let read = try #require(WorkerHandover(reading: { variables[$0] }))
        #expect(read.sockets.map(\.name) == ["smtp", "imaps"])
        #expect(read.sockets.map(\.descriptor) == [5, 12])
        #expect(read.lifeline == 7 && read.reports == 9 && read.restarts == 3)
        #expect(read.previousEnd == .signalled(4) && read.hasDiskFailed)
        #expect(read.program == "/usr/bin/martlet" && read.home == "/var/lib/martlet")
        #expect(WorkerHandover(reading: { _ in nil }) == nil)
    }

    @Test(
        "only signals of faulty code accuse the messages in hand",
        arguments: [(4, true), (5, true), (6, true), (11, true), (9, false), (15, false), (1, false)] as [(Int32, Bool)]
    )
    func crashSignals(_ signal: Int32, _ isCrash: Bool) {
        #expect((WorkerEnd.signalled(signal).crashSignal != nil) == isCrash)
        #expect(WorkerEnd.exited(signal).crashSignal == nil)
    }
}
