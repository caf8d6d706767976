internal import ControlServer
internal import Filing
internal import Glibc
internal import Listener
package import MartletConfig
internal import Resolver
internal import Supervisor

/// Tries what a start needs and what can be tried beside a program that runs on the same data.
package enum StartCheck {
    /// Changes nothing. Not for a process that has the data open (see ``DataFolder/checkFormats(_:)``).
    ///
    /// - Throws: the first obstacle.
    package static func run(_ configuration: MartletConfig) throws {
        _ = try configuration.routeTable()
        _ = try configuration.filingOptions()
        if let certificate = configuration.tls.certificate, let key = configuration.tls.key {
            _ = try TLSContexts(TLSFiles(certificate: certificate, key: key))
        }
        if configuration.checksSenders { try Resolver.open(configuration.resolverOptions).close() }
        try DataFolder.checkFormats(configuration.server.data)
        // Asked by a running program, it has that one's sockets. Else nobody knows whose the ports in use are.
        let running = WorkerHandover.received()
        try ControlSocket.check(configuration.controlSocketPath, heldBy: running.map { _ in getppid() })
        if let running {
            try Supervisor.tryNew(configuration.supervisedAddresses, held: running.sockets)
        }
    }
}
