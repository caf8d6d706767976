import MailTypes
import MartletConfig
import MartletSystem
import Resolver
import Testing

@Suite("what the resolver is told of the configuration")
struct ResolverOptionsTests {
    @Test("every setting of [resolver] and [[stub_zone]] arrives")
    func settings() throws {
        let options = try MartletConfig.parse(
            """
            [resolver]
            forwarders = ["192.0.2.53"]
            system_forwarders = true
            trust_anchors = "/etc/anchors"
            unsigned_zones = ["lan.example"]
            question_timeout = "3s"
            message_timeout = "9s"
            questions_per_message = 50
            cache_size = "6MiB"

            [[stub_zone]]
            zone = "corp.example"
            servers = ["10.0.0.53:54"]
            """
        ).resolverOptions
        #expect(options.forwarders.map(\.description) == ["192.0.2.53:53"])
        #expect(options.usesSystemForwarders)
        #expect(options.trustAnchors == .file("/etc/anchors"))
        #expect(options.unsignedZones.map(\.text) == ["lan.example"])
        #expect(options.limits.questionTime == .seconds(3))
        #expect(options.limits.messageTime == .seconds(9))
        #expect(options.limits.messageQuestionsMax == 50)
        #expect(options.limits.libraryCacheOctets == 4 << 20)
        #expect(options.limits.cachedOctetsMax == 2 << 20)
        #expect(options.stubZones.map(\.zone.text) == ["corp.example"])
        #expect(options.stubZones.flatMap(\.servers).map(\.description) == ["10.0.0.53:54"])
    }

    @Test("without a word in the file, the resolver is as it is by itself")
    func defaults() {
        let (ours, own) = (MartletConfig().resolverOptions, ResolverOptions())
        #expect(ours.limits == own.limits)
        #expect(ours.trustAnchors == own.trustAnchors)
        #expect(ours.forwarders == own.forwarders)
        #expect(ours.usesSystemForwarders == own.usesSystemForwarders)
        #expect(MartletConfig().with(trustAnchors: "").resolverOptions.trustAnchors == .none)
    }
}

extension MartletConfig {
    fileprivate func with(trustAnchors: String) -> Self {
        var config = self
        config.resolver.trustAnchors = trustAnchors
        return config
    }
}
