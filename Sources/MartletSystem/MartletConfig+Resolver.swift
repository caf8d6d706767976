internal import MailTypes
package import MartletConfig
package import Resolver

extension MartletConfig {
    /// What the resolver is told of the configuration.
    package var resolverOptions: ResolverOptions {
        var options = ResolverOptions()
        options.forwarders = self.resolver.forwarders
        options.usesSystemForwarders = self.resolver.systemForwarders
        options.stubZones = self.stubZones.map { .init($0.zone, servers: $0.servers) }
        options.trustAnchors = self.resolver.trustAnchors.isEmpty ? .none : .file(self.resolver.trustAnchors)
        options.unsignedZones = self.resolver.unsignedZones
        options.limits.questionTime = self.resolver.questionTimeout
        options.limits.messageTime = self.resolver.messageTimeout
        options.limits.messageQuestionsMax = self.resolver.questionsPerMessage
        // The library also holds what led to an answer, and takes two thirds.
        options.limits.libraryCacheOctets = self.resolver.cacheSize / 3 * 2
        options.limits.cachedOctetsMax = self.resolver.cacheSize / 3
        return options
    }
}
