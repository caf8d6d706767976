internal import ControlServer
internal import Glibc
internal import Listener
package import MartletConfig
internal import Resolver
internal import Supervisor

/// Tries what a start needs and what can be tried beside a program that runs on the same data.
package enum StartCheck {
    /// Everything that keeps a server from being started with a configuration that is right in itself: secrets,
    /// certificates, scripts, lists and trust anchors that it names. They are read for it.
    package static func problems(of configuration: MartletConfig) -> [String] {
        var problems: [String] = []
        func attempt(_ step: () throws -> Void) {
            do {
                try step()
            } catch {
                problems.append("\(error)")
            }
        }
        attempt { _ = try configuration.routeTable() }
        problems += configuration.siteFileProblems
        if configuration.tls.certificate != nil {
            attempt { _ = try TLSContexts(MartletWorker.tlsFiles(configuration, home: configuration.server.data)) }
        }
        if configuration.checksSenders { attempt { try Resolver.open(configuration.resolverOptions).close() } }
        return problems
    }

    /// Changes nothing. Not for a process that has the data open (see ``DataFolder/checkFormats(_:)``).
    ///
    /// - Throws: what is wrong with what the configuration names, else the first obstacle.
    package static func run(_ configuration: MartletConfig) throws {
        let problems = Self.problems(of: configuration)
        guard problems.isEmpty else { throw SystemError(problems.joined(separator: "\n")) }
        try DataFolder.checkFormats(configuration.server.data)
        // Asked by a running program, it has that one's sockets. Else nobody knows whose the ports in use are.
        let running = WorkerHandover.received()
        try ControlSocket.check(configuration.controlSocketPath, heldBy: running.map { _ in getppid() })
        if let running {
            try Supervisor.tryNew(configuration.supervisedAddresses, held: running.sockets)
        }
    }
}
