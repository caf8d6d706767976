package import MailTypes

extension MartletConfig {
    /// A server to try out: everything on 127.0.0.1 at high ports, all in one folder.
    ///
    /// - Parameters:
    ///   - accounts: how many demo accounts there will be, each of which may be logged in at the same time.
    ///   - route: `host:port` that takes mail for other domains; `nil` means nobody does.
    package static func demo(
        home: String,
        domain: Domain = Domain("martlet.test"),
        accounts: Int = 0,
        route: HostPort? = nil
    ) -> MartletConfig {
        func local(_ port: Int) -> [HostPort] { [HostPort(host: "127.0.0.1", port: port)] }
        var config = MartletConfig()
        config.server.hostname = "localhost"
        config.server.data = home
        config.server.defaultDomain = domain
        config.server.stopTimeout = .seconds(5)
        // One writer gathers more operations into a sync than several do; a demo's machine has few cores.
        config.store.shards = 1
        config.listen.smtp = local(2_525)
        config.listen.submission = local(2_587)
        config.listen.submissions = local(2_465)
        config.listen.lmtp = local(2_424)
        config.listen.imap = local(2_143)
        config.listen.imaps = local(2_993)
        config.listen.pop3 = local(2_110)
        config.listen.pop3s = local(2_995)
        config.listen.managesieve = local(2_419)
        // All clients of a demo come from one address.
        let connections = max(10_000, accounts * 2)
        config.smtp.connectionsMax = connections
        config.smtp.connectionsPerPeerMax = connections
        config.imap.connectionsMax = connections
        config.imap.connectionsPerPeerMax = connections
        config.pop3.connectionsMax = connections
        config.pop3.connectionsPerPeerMax = connections
        config.managesieve.connectionsMax = connections
        config.managesieve.connectionsPerPeerMax = connections
        config.smartHost.target = route.map { RouteTarget(transport: .smtp, host: $0) }
        return config
    }
}
