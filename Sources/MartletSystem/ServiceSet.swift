internal import ControlServer
internal import Delivery
internal import Filing
internal import IMAPServer
internal import Listener
internal import Logging
internal import MailTypes
internal import ManageSieveServer
internal import MartletConfig
internal import NIOCore
internal import Operations
internal import POP3Server
internal import Reception
internal import SMTPServer
internal import SieveLanguage
internal import Supervisor
internal import Telemetry
internal import Trace

/// The listeners of one configuration, each with its protocol behind it.
struct ServiceSet: Sendable {
    private typealias SetUp = @Sendable (AcceptedConnection) throws -> Void

    let listeners: [Listener]
    private let foundation: Foundation

    /// Everything the servers share.
    struct Foundation: Sendable {
        let stored: StoredServices
        let reception: Reception
        let filing: Filing
        let loops: EventLoops
        let tls: TLSContexts
        let logs: Logs
    }

    /// - Parameter sockets: that listen, by the listener's name.
    init(_ configuration: MartletConfig, _ foundation: Foundation, sockets: [(name: String, descriptor: Int32)]) {
        var listeners: [Listener] = []
        for plan in configuration.listeners {
            let points = sockets.filter { $0.name == plan.name }.map { ListenPoint.descriptor($0.descriptor) }
            guard !points.isEmpty else { continue }
            let (options, setUp) = Self.service(plan, points, configuration, foundation)
            listeners.append(
                Listener(
                    options,
                    loops: foundation.loops,
                    tlsContexts: foundation.tls,
                    journal: foundation.stored.journal,
                    log: foundation.logs.logger(.listener),
                    setUp: setUp
                )
            )
        }
        self.listeners = listeners
        self.foundation = foundation
    }

    /// New connections are served as `configuration` says; those that stand go on as they began.
    func reload(_ configuration: MartletConfig) {
        for plan in configuration.listeners {
            guard let listener = self.listeners.first(where: { $0.name == plan.name }) else { continue }
            let (options, setUp) = Self.service(plan, [], configuration, self.foundation)
            listener.reconfigure(options, setUp: setUp)
        }
    }

    private static func service(
        _ plan: ListenerPlan,
        _ points: [ListenPoint],
        _ configuration: MartletConfig,
        _ foundation: Foundation
    ) -> (ListenerOptions, SetUp) {
        var options: ListenerOptions
        let setUp: SetUp
        switch plan.service {
        case .smtp(let door):
            options = SMTPService.listenerOptions(
                name: plan.name,
                points: points,
                tlsMode: plan.tlsMode,
                hostName: configuration.server.hostname
            )
            options.connectionsMax = configuration.smtp.connectionsMax
            options.connectionsPerPeerMax = configuration.smtp.connectionsPerPeerMax
            setUp = self.smtp(door, configuration, foundation)
        case .imap:
            options = ListenerOptions(
                name: plan.name,
                points: points,
                tlsMode: plan.tlsMode,
                refusalLine: IMAPService.refusalLine
            )
            options.connectionsMax = configuration.imap.connectionsMax
            options.connectionsPerPeerMax = configuration.imap.connectionsPerPeerMax
            setUp = self.imap(configuration, foundation)
        case .pop3:
            options = ListenerOptions(
                name: plan.name,
                points: points,
                tlsMode: plan.tlsMode,
                refusalLine: POP3Service.refusalLine
            )
            options.connectionsMax = configuration.pop3.connectionsMax
            options.connectionsPerPeerMax = configuration.pop3.connectionsPerPeerMax
            setUp = self.pop3(configuration, foundation)
        case .managesieve:
            options = ListenerOptions(
                name: plan.name,
                points: points,
                tlsMode: plan.tlsMode,
                refusalLine: ManageSieveService.refusalLine
            )
            options.connectionsMax = configuration.managesieve.connectionsMax
            options.connectionsPerPeerMax = configuration.managesieve.connectionsPerPeerMax
            setUp = self.managesieve(configuration, foundation)
        }
        return (options, setUp)
    }

    private static func smtp(
        _ door: ReceptionDoor,
        _ configuration: MartletConfig,
        _ foundation: Foundation
    ) -> SetUp {
        let service = SMTPService(
            configuration.smtpOptions(door),
            reception: foundation.reception,
            directory: foundation.stored.directory,
            spool: foundation.stored.spool,
            journal: foundation.stored.journal,
            log: foundation.logs.logger(.smtp)
        )
        return { try service.setUp($0) }
    }

    private static func imap(
        _ configuration: MartletConfig,
        _ foundation: Foundation
    ) -> SetUp {
        let service = IMAPService(
            store: foundation.stored.store,
            directory: foundation.stored.directory,
            spool: foundation.stored.spool,
            trace: foundation.stored.journal,
            configuration: configuration.imapConfiguration,
            clock: foundation.stored.clock,
            filing: foundation.filing,
            logger: foundation.logs.logger(.imap)
        )
        return { try service.attach($0) }
    }

    private static func pop3(
        _ configuration: MartletConfig,
        _ foundation: Foundation
    ) -> SetUp {
        let service = POP3Service(
            store: foundation.stored.store,
            directory: foundation.stored.directory,
            trace: foundation.stored.journal,
            configuration: configuration.pop3Configuration,
            logger: foundation.logs.logger(.pop3)
        )
        return { try service.attach($0) }
    }

    private static func managesieve(
        _ configuration: MartletConfig,
        _ foundation: Foundation
    ) -> SetUp {
        let directory = foundation.stored.directory
        var options = configuration.managesieveConfiguration
        options.compiler.redirectConcern = RedirectConcern(directory, hasRoute: configuration.hasRoute).concern
        let service = ManageSieveService(
            store: foundation.stored.store,
            directory: directory,
            trace: foundation.stored.journal,
            configuration: options,
            logger: foundation.logs.logger(.managesieve)
        )
        return { try service.attach($0) }
    }

    func start() async throws {
        var started: [Listener] = []
        do {
            for listener in self.listeners {
                try await listener.start()
                started.append(listener)
            }
        } catch {
            for listener in started { await listener.stop(grace: .zero) }
            throw error
        }
    }

    /// All at once, so that the grace is spent once.
    func stop(grace: TimeAmount) async {
        await withTaskGroup(of: Void.self) { group in
            for listener in self.listeners { group.addTask { await listener.stop(grace: grace) } }
        }
    }
}
