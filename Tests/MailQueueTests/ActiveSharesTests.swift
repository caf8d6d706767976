import Testing

@testable import MailQueue

@Suite("Shares of the memory")
struct ActiveSharesTests {
    private static func shares(recipientsMax: Int, octetsMax: Int = 1 << 40) -> ActiveShares {
        var options = MailQueueOptions()
        options.activeRecipientsMax = recipientsMax
        options.activeOctetsMax = octetsMax
        return ActiveShares(options)
    }

    /// Takes until the destination has no room.
    private static func fill(_ shares: inout ActiveShares, _ name: Int, octets: Int = 1) -> Int {
        var count = 0
        while shares.hasRoom(for: QueueDestination(name)) {
            shares.add(octets: octets)
            shares.add(QueueDestination(name), recipients: 1, octets: octets)
            count += 1
        }
        return count
    }

    @Test("after n destinations that take what they get, one part in n + 1 is left")
    func harmonic() {
        var shares = Self.shares(recipientsMax: 20_000)
        #expect(Self.fill(&shares, 0) == 10_000)
        #expect(Self.fill(&shares, 1) == 3_334)
        for name in 2..<20 { _ = Self.fill(&shares, name) }
        #expect((900...960).contains(shares.free.recipients))
    }

    @Test("octets are shared like recipients")
    func octets() {
        var shares = Self.shares(recipientsMax: 20_000, octetsMax: 96 << 20)
        #expect(Self.fill(&shares, 0, octets: 128 << 10) == 384)
        #expect(shares.free.octets == 48 << 20)
        #expect(shares.hasRoom(for: QueueDestination(1)))
    }

    @Test("what is given back can be taken again, by whoever comes first")
    func givenBack() {
        var shares = Self.shares(recipientsMax: 1_000)
        let first = Self.fill(&shares, 0)
        let second = Self.fill(&shares, 1)
        #expect(!shares.isLow(QueueDestination(0)))
        shares.add(octets: -first)
        shares.add(QueueDestination(0), recipients: -first, octets: -first)
        #expect(shares.isLow(QueueDestination(0)))
        #expect(shares.total == .init(recipients: second, octets: second))
        #expect(Self.fill(&shares, 0) > 200)
    }

    @Test("no bound for what has no destination but the whole")
    func unbounded() {
        var shares = Self.shares(recipientsMax: 100)
        shares.add(nil, recipients: 99)
        #expect(shares.hasRoom(for: nil))
        shares.add(nil, recipients: 1)
        #expect(!shares.hasRoom(for: nil) && !shares.hasRoom(for: QueueDestination(0)))
    }
}
