import Foundation
import MailTesting
import MailTypes
import Resolver
import Testing

@Suite("whom the resolver asks", .timeLimit(.minutes(10)))
struct ResolverOptionsTests {
    @Test("a forwarder is asked everything, private networks and trial domains included")
    func forwarder() async throws {
        let zones = [
            TestZone("open.example", "a A 192.0.2.1"), TestZone("scenario.test", "a A 192.0.2.2"),
            TestZone("10.in-addr.arpa", "1.2.3 PTR host.scenario.test."),
        ]
        try await DNSTestServer.with(zones) { server in
            let resolver = try Resolver.open(.asking(server.address))
            defer { resolver.close() }
            expect(await resolver.resolve("a.open.example", .a), is: .insecure)
            expect(await resolver.resolve("a.scenario.test", .a), is: .insecure)
            let reverse = await resolver.resolve(DNSQuestion(IPAddress(stringLiteral: "10.3.2.1").reverseName, .ptr))
            #expect(reverse.records == [.ptr("host.scenario.test")])
        }
    }

    @Test("a forwarder's answers are checked when there is an anchor")
    func checkedForwarder() async throws {
        try await DNSTestServer.with([TestZone("signed.example", "a A 192.0.2.1", .signed)]) { server in
            let anchors = ResolverOptions.TrustAnchors.records([try #require(server.anchors["signed.example"])])
            let resolver = try Resolver.open(.asking(server.address, trustAnchors: anchors))
            defer { resolver.close() }
            expect(await resolver.resolve("a.signed.example", .a), is: .secure)
            #expect(await resolver.resolve("b.signed.example", .a) == .failure(.nxdomain))
        }
    }

    @Test("the second forwarder is asked when the first is silent")
    func secondForwarder() async throws {
        let silent = try SilentServer()
        defer { silent.close() }
        try await DNSTestServer.with([TestZone("open.example", "a A 192.0.2.1")]) { server in
            var options = ResolverOptions.asking(DNSServerAddress("127.0.0.1", port: silent.port))
            options.forwarders.append(server.address)
            options.limits.questionTime = .seconds(60)
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            for name in ["a.open.example", "b.open.example", "c.open.example"] {
                #expect(await resolver.resolve(name, .a).kind != .temporary)
            }
        }
    }

    @Test("each stub zone is asked of its own server, reserved domains too")
    func stubZones() async throws {
        try await DNSTestServer.with([TestZone("one.example", "a A 192.0.2.1")]) { first in
            try await DNSTestServer.with([TestZone("two.test", "a A 192.0.2.2")]) { second in
                var options = ResolverOptions()
                options.trustAnchors = .none
                options.stubZones = [
                    .init("one.example", servers: [first.address]),
                    .init("two.test", servers: [second.address]),
                ]
                let resolver = try Resolver.open(options)
                defer { resolver.close() }
                #expect(await resolver.resolve("a.one.example", .a).records == [.address("192.0.2.1")])
                #expect(await resolver.resolve("a.two.test", .a).records == [.address("192.0.2.2")])
            }
        }
    }

    @Test("anchors can stand in a file")
    func anchorFile() async throws {
        try await TemporaryFolder.with { folder in
            let server = try DNSTestServer([TestZone("signed.example", "a A 192.0.2.1", .signed)], folder: folder.path)
            defer { server.stop() }
            let anchor = try #require(server.anchors["signed.example"])
            let path = folder.path("anchors")
            try "; ours\n\(anchor)\n".write(toFile: path, atomically: true, encoding: .utf8)
            var options = ResolverOptions()
            options.stubZones = [.init("signed.example", servers: [server.address])]
            options.trustAnchors = .file(path)
            let resolver = try Resolver.open(options)
            defer { resolver.close() }
            expect(await resolver.resolve("a.signed.example", .a), is: .secure)
        }
    }

    @Test("the system's anchors and its list of name servers are taken")
    func system() throws {
        var options = ResolverOptions()
        options.usesSystemForwarders = true
        try Resolver.open(options).close()
    }

    @Test("a wrong configuration is met at the start and says what is wrong")
    func mistakes() throws {
        var missing = ResolverOptions()
        missing.trustAnchors = .file("/nowhere/root.key")
        var nonsense = ResolverOptions()
        nonsense.trustAnchors = .records(["this is no record"])
        var none = ResolverOptions()
        none.trustAnchors = .records([])
        var serverless = ResolverOptions()
        serverless.stubZones = [.init("example", servers: [])]
        for (options, word) in [
            (missing, "dns-root-data"), (nonsense, "configuration"), (none, "none"), (serverless, "no server"),
        ] {
            let error = #expect(throws: ResolverError.self) { try Resolver.open(options).close() }
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test("several resolvers work side by side")
    func several() async throws {
        let one = TestZone("open.example", "a A 192.0.2.1")
        let two = TestZone("open.example", "a A 192.0.2.2")
        try await withResolver([one]) { first, _ in
            try await withResolver([two]) { second, _ in
                #expect(await first.resolve("a.open.example", .a).records == [.address("192.0.2.1")])
                #expect(await second.resolve("a.open.example", .a).records == [.address("192.0.2.2")])
            }
        }
    }
}
