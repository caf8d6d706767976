import Directory
import MailTesting
import MailTypes
import Testing

@Suite("Directory: alias graphs")
struct AliasGraphTests {
    @Test("random graphs lead where a search over the graph leads", arguments: 0..<12 as Range<UInt64>)
    func againstSearch(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let accounts = (0..<6).map { "u\($0)" }
        try await DirectoryFixture.with { fixture in
            try await fixture.directory.addDomain(DirectoryFixture.domain)
            for name in accounts { try await fixture.add(name, .none) }
            var graph: [String: [String]] = [:]
            for _ in 0..<60 {
                let name = "a\(Int.random(in: 0..<14, using: &generator))"
                let known = accounts + Array(graph.keys).sorted() + ["x@example.org", "y@example.org"]
                let targets = (0..<Int.random(in: 1...4, using: &generator)).compactMap { _ in
                    known.randomElement(using: &generator)
                }
                let wouldLoop = targets.contains { Self.reaches($0, name, graph) }
                let wouldBeDeep = Self.depthWith(name, targets, graph) > DirectoryLimits.aliasDepthMax
                let failure = await code {
                    let alias = Alias(address: address(name), targets: targets.map { address($0) })
                    try await fixture.directory.addAlias(alias, replacing: true)
                }
                #expect(failure == (wouldLoop ? .loop : wouldBeDeep ? .tooLarge : nil))
                if failure == nil { graph[name] = targets }
                for alias in graph.keys {
                    let expected = Self.leaves(alias, graph).map { address($0).description }.sorted()
                    #expect(fixture.resolve(alias).names == expected, "\(alias) in \(graph)")
                }
            }
        }
    }

    /// Names without aliases of their own that can be reached.
    private static func leaves(_ start: String, _ graph: [String: [String]]) -> Set<String> {
        guard let targets = graph[start] else { return [start] }
        return targets.reduce(into: []) { $0.formUnion(self.leaves($1, graph)) }
    }

    private static func reaches(_ start: String, _ goal: String, _ graph: [String: [String]]) -> Bool {
        start == goal || (graph[start] ?? []).contains { self.reaches($0, goal, graph) }
    }

    private static func depthWith(_ name: String, _ targets: [String], _ graph: [String: [String]]) -> Int {
        var graph = graph
        if targets.contains(where: { self.reaches($0, name, graph) }) { return 0 }
        graph[name] = targets
        func depth(_ name: String) -> Int {
            guard let targets = graph[name] else { return 0 }
            return 1 + (targets.map(depth).max() ?? 0)
        }
        return graph.keys.map(depth).max() ?? 0
    }

    @Test("circles are refused, with their way; what was there stays")
    func circles() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            try await fixture.alias("a", "alice")
            try await fixture.alias("b", "a")
            try await fixture.alias("c", "b+x")
            #expect(await code { try await fixture.alias("a", "alice", "c", replacing: true) } == .loop)
            #expect(await code { try await fixture.alias("d", "d") } == .loop)
            #expect(await code { try await fixture.alias("d", "alice", "d+x") } == .unknown)
            #expect(fixture.resolve("c").names == ["alice@martlet.test [x]"])
        }
    }

    @Test("depth and number of targets are bounded")
    func bounds() async throws {
        try await DirectoryFixture.with(accounts: ["alice"]) { fixture in
            try await fixture.alias("d1", "alice")
            for depth in 2...DirectoryLimits.aliasDepthMax { try await fixture.alias("d\(depth)", "d\(depth - 1)") }
            let next = DirectoryLimits.aliasDepthMax + 1
            #expect(await code { try await fixture.alias("d\(next)", "d\(next - 1)") } == .tooLarge)
            let many = (0...DirectoryLimits.aliasTargetsMax).map { address("x\($0)@example.org") }
            let wide = Alias(address: address("wide"), targets: many)
            #expect(await code { try await fixture.directory.addAlias(wide) } == .tooLarge)
            for part in 0..<6 {
                let targets = (0..<900).map { address("p\(part)x\($0)@example.org") }
                try await fixture.directory.addAlias(Alias(address: address("part\(part)"), targets: targets))
            }
            let all = Alias(address: address("all"), targets: (0..<6).map { address("part\($0)") })
            #expect(await code { try await fixture.directory.addAlias(all) } == .tooLarge)
        }
    }

    @Test("what an alias needs cannot be taken away from under it")
    func inUse() async throws {
        try await DirectoryFixture.with(accounts: ["alice", "bob", "mary", "mary-ann"]) { fixture in
            let directory = fixture.directory
            try await fixture.alias("team", "alice+x", "bob")
            try await fixture.alias("solo", "alice")
            try await fixture.alias("outer", "team")
            try await fixture.alias("girl", "mary-ann")
            #expect(await code { try await directory.removeAccount(fixture.id("alice")) } == .inUse)
            #expect(await code { try await directory.removeAccount(fixture.id("alice"), fromAliases: true) } == .inUse)
            #expect(await code { try await directory.removeAlias(address("team")) } == .inUse)
            #expect(await code { try await directory.removeAccount(fixture.id("mary")) } == nil)
            try await directory.removeAlias(address("solo"))
            try await directory.removeAccount(fixture.id("alice"), fromAliases: true)
            #expect(fixture.resolve("outer").names == ["bob@martlet.test"])
            #expect(await code { try await directory.removeDomain(DirectoryFixture.domain) } == .inUse)
        }
    }
}
