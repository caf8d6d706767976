internal import Delivery
internal import Directory
internal import IMAPServer
internal import IMAPWire
internal import Listener
internal import Logging
internal import MailQueue
internal import MailStore
internal import MailTypes
internal import ManageSieveServer
internal import MartletConfig
internal import NIOCore
internal import POP3Server
internal import Reception
internal import SASL
internal import SMTPServer
internal import SMTPWire
internal import Telemetry

/// What each service is told of the configuration.
extension MartletConfig {
    var directoryOptions: DirectoryOptions {
        var options = DirectoryOptions(
            defaultDomain: self.server.defaultDomain,
            postmaster: self.server.postmaster,
            detailSeparators: self.directory.detailSeparators,
            passwords: PasswordPolicy(
                argon2MemoryKiB: self.passwords.argon2Memory >> 10,
                argon2Iterations: self.passwords.argon2Iterations,
                argon2Parallelism: self.passwords.argon2Parallelism,
                scramIterations: self.passwords.scramIterations,
                rememberedFor: self.passwords.remember,
                workers: self.passwords.workers,
                waitingMax: self.passwords.waitingMax,
                waitingPerAddressMax: self.passwords.waitingPerAddressMax,
                upgradesImported: self.passwords.upgradeImported
            )
        )
        options.hostNames = self.hostNames
        return options
    }

    var queueOptions: MailQueueOptions {
        var options = MailQueueOptions()
        options.activeRecipientsMax = self.queue.activeMax
        return options
    }

    var receptionOptions: ReceptionOptions {
        let trusted = NetworkList(self.smtp.trustedNetworks.map(\.description))
        var options = ReceptionOptions(hostName: self.server.hostname, trustedNetworks: trusted ?? .none)
        options.hasRoute = self.hasRoute
        options.receivedMax = self.smtp.receivedMax
        options.senderPolicy = self.receptionSenderPolicy
        options.sealer = self.senderPolicy.sealer
        return options
    }

    func smtpOptions(_ door: ReceptionDoor) -> SMTPServerOptions {
        var options = SMTPServerOptions(door: door, hostName: self.server.hostname)
        options.messageOctetsMax = self.smtp.messageSizeMax
        options.recipientsMax = self.smtp.recipientsMax
        options.errorsMax = self.smtp.errorsMax
        options.commandTimeout = TimeAmount(self.smtp.commandTimeout)
        options.bodyTimeout = TimeAmount(self.smtp.dataTimeout)
        options.allowsPlaintextOnLoopback = self.smtp.allowPlaintextOnLoopback
        return options
    }

    var imapConfiguration: IMAPService.Configuration {
        var configuration = IMAPService.Configuration(version: MartletVersion.text)
        configuration.administrator = "mailto:postmaster@\(self.server.hostname)"
        if let port = self.listen.managesieve.first?.port {
            configuration.scriptsURI = "sieve://\(self.server.hostname):\(port)"
        }
        configuration.wire.appendMessageOctetsMax = self.imap.appendSizeMax
        configuration.session.loginTimeout = self.imap.loginTimeout
        configuration.session.autologout = self.imap.idleTimeout
        configuration.session.errorsMax = self.imap.errorsMax
        let allowsPlaintext = self.imap.allowPlaintextOnLoopback
        configuration.allowsPlaintextLogin = { allowsPlaintext && PeerHost($0.peer).isLoopback }
        return configuration
    }

    var pop3Configuration: POP3Service.Configuration {
        var configuration = POP3Service.Configuration()
        configuration.session.loginTimeout = self.pop3.loginTimeout
        configuration.session.autologout = self.pop3.idleTimeout
        configuration.session.errorsMax = self.pop3.errorsMax
        let allowsPlaintext = self.pop3.allowPlaintextOnLoopback
        configuration.allowsPlaintextLogin = { allowsPlaintext && PeerHost($0.peer).isLoopback }
        return configuration
    }

    var managesieveConfiguration: ManageSieveService.Configuration {
        var configuration = ManageSieveService.Configuration(version: MartletVersion.text)
        configuration.compiler = self.sieveCompiler
        let schemes = self.sieveLists.files.keys.compactMap { $0.split(separator: ":").first.map(String.init) }
        configuration.listSchemes = Set(schemes).sorted()
        configuration.setScriptOctetsMax(self.managesieve.scriptSizeMax)
        configuration.quota = self.scriptQuota
        configuration.session.loginTimeout = self.managesieve.loginTimeout
        configuration.session.autologout = self.managesieve.idleTimeout
        configuration.session.errorsMax = self.managesieve.errorsMax
        let allowsPlaintext = self.managesieve.allowPlaintextOnLoopback
        configuration.allowsPlaintextLogin = { allowsPlaintext && PeerHost($0.peer).isLoopback }
        return configuration
    }

    var deliveryOptions: DeliveryOptions {
        var options = DeliveryOptions(hostName: self.server.hostname)
        options.retryDelays = RetrySchedule(self.queue.schedule)
        options.expiresAfter = self.queue.expiry
        options.delayNoticeAfter = self.queue.delayNotice == .zero ? nil : self.queue.delayNotice
        options.connectionsMax = self.queue.concurrency
        options.concurrencyMax = self.queue.concurrencyPerDestination
        options.messagesPerConnection = self.queue.messagesPerConnection
        options.connectTimeout = self.queue.connectTimeout
        options.replyTimeoutMax = self.queue.replyTimeout
        return options
    }

    /// Whether mail for an address elsewhere can be sent on.
    var hasRoute: @Sendable (EmailAddress) -> Bool {
        // A configuration whose routes cannot be used is not served with.
        guard let routes = try? self.routes() else { return { _ in true } }
        return { routes.leadsSomewhere($0) }
    }

    /// - Throws: when the secret of the smart host's login cannot be read.
    func routeTable() throws -> RouteTable {
        var table = try self.routes()
        guard table.smartHost != nil, let login = self.smartHost.login else { return table }
        do {
            if let password = try self.smartHost.password?.read() {
                table.smartHost?.login = SASLClientCredentials(login: login, password: password)
            }
        } catch {
            throw SystemError("smart_host.password: \(error)")
        }
        return table
    }

    /// The routes without what is secret about them.
    private func routes() throws -> RouteTable {
        var table = RouteTable()
        for (domain, target) in self.route.targets {
            try table.add(domain.name, NextHop(target, tls: .whenOffered))
        }
        if let target = self.smartHost.target {
            var hop = NextHop(target, tls: self.smartHost.tls.clientUse)
            hop.verifiesCertificate = self.smartHost.tls == .required
            table.smartHost = hop
        }
        return table
    }

    var logLevelsByComponent: [Component: Logger.Level] {
        let common = self.log.level.loggerLevel
        return Dictionary(
            uniqueKeysWithValues: Component.allCases.map { component in
                (component, self.logLevels.levels[component.rawValue]?.loggerLevel ?? common)
            }
        )
    }
}

extension NextHop {
    fileprivate init(_ target: RouteTarget, tls: SMTPClientStateMachine.TLSUse) {
        self.init(
            dialect: target.transport == .lmtp ? .lmtp : .smtp,
            hosts: [Host(name: target.host.host, port: target.host.port)],
            tls: tls
        )
    }
}

extension SmartHostSection.TLS {
    fileprivate var clientUse: SMTPClientStateMachine.TLSUse {
        switch self {
        case .opportunistic: .whenOffered
        case .required: .required
        case .off: .never
        }
    }
}

extension LogSection.Level {
    fileprivate var loggerLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
