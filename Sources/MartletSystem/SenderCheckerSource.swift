internal import MartletConfig
internal import Reception
internal import Resolver
internal import Synchronization

/// Has the resolver and the checker of senders from when a domain first wants its mail checked, be it by a reload;
/// until then they cost nothing.
///
/// What is open stays open: a domain that wants it no more may want it again.
final class SenderCheckerSource: Sendable {
    private struct Opened {
        let resolver: Resolver
        let checker: SenderChecker
    }

    private let opened = Mutex<Opened?>(nil)

    /// - Returns: `nil` when no domain wants its mail checked and none ever did.
    /// - Throws: when the resolver cannot be opened.
    func checker(for configuration: MartletConfig) throws -> SenderChecker? {
        try self.opened.withLock { opened in
            if opened == nil, configuration.checksSenders {
                let resolver = try Resolver.open(configuration.resolverOptions)
                let checker = SenderChecker(resolver: resolver, finder: { configuration.organizationFinder() })
                opened = Opened(resolver: resolver, checker: checker)
            }
            return opened?.checker
        }
    }

    func close() {
        self.opened.withLock { $0?.resolver.close() }
    }
}
