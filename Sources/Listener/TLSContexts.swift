internal import Glibc
internal import MailTypes
package import NIOCore
internal import NIOSSL
internal import Synchronization

/// Where a server's certificate lies, and what else its TLS needs.
package struct TLSFiles: Hashable, Sendable {
    /// PEM: the server's certificate first, then the intermediate ones.
    package var certificate: String
    /// PEM; readable by nobody else.
    package var key: String
    /// PEM: authorities whose client certificates are accepted for EXTERNAL; `nil` means clients are asked for none.
    package var clientAuthorities: String?
    /// Whether clients must speak TLS 1.3; else 1.2 will do.
    package var requiresTLS13 = false

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// One certificate with its key, ready for connections.
package struct TLSContext: Sendable {
    let context: NIOSSLContext
    /// The hash of the certificate that ties a SCRAM login to this connection; `nil` where the certificate's
    /// signature has no single hash. RFC 5929 §4.1.
    package let tlsServerEndPoint: [UInt8]?
    /// Clients may show a certificate.
    package let asksForClientCertificate: Bool
}

/// The certificate in use. It can be replaced while connections run: new ones get the new certificate.
package final class TLSContexts: Sendable {
    private struct State {
        var files: TLSFiles
        var current: TLSContext
    }

    private let state: Mutex<State>

    package init(_ files: TLSFiles) throws(TLSError) {
        self.state = Mutex(State(files: files, current: try TLSContext(files)))
    }

    package var current: TLSContext { self.state.withLock { $0.current } }

    /// Reads the files again, others if given. What was in use stays in use when they are not good.
    package func reload(_ files: TLSFiles? = nil) throws(TLSError) {
        let files = files ?? self.state.withLock { $0.files }
        let context = try TLSContext(files)
        self.state.withLock { $0 = State(files: files, current: context) }
    }
}

extension TLSContext {
    init(_ files: TLSFiles) throws(TLSError) {
        do {
            try Self.expectReadable(files)
            let chain = try Self.chain(files.certificate)
            guard let certificate = chain.first else { throw TLSError(files.certificate, "holds no certificate") }
            let key = try Self.key(files.key)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = files.requiresTLS13 ? .tlsv13 : .tlsv12
            configuration.shutdownTimeout = Self.farewellMax
            if let authorities = files.clientAuthorities {
                configuration.trustRoots = .file(authorities)
                configuration.certificateVerification = .optionalVerification
            }
            self.context = try Self.context(configuration, files)
            self.tlsServerEndPoint = TLSServerEndPoint.binding(ofCertificate: try certificate.toDERBytes())
            self.asksForClientCertificate = files.clientAuthorities != nil
        } catch let error as TLSError {
            throw error
        } catch {
            throw TLSError("\(files.certificate), \(files.key)", "\(error)")
        }
    }
}

extension TLSContext {
    /// How long a client's own farewell (`close_notify`) is waited for when the connection is closed. TLS does not ask
    /// for it, and from a client that sleeps it does not come, which must not hold up a stop or an upgrade.
    private static let farewellMax = TimeAmount.milliseconds(500)

    private static func expectReadable(_ files: TLSFiles) throws {
        for path in [files.certificate, files.key] where unsafe access(path, R_OK) != 0 {
            throw TLSError(path, "cannot be read: \(SystemFailure.last)")
        }
    }

    private static func chain(_ path: String) throws -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw TLSError(path, "holds no certificate in PEM (\(error))")
        }
    }

    private static func key(_ path: String) throws -> NIOSSLPrivateKey {
        var isEncrypted = false
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem) { (_: NIOSSLPassphraseSetter<[UInt8]>) in
                isEncrypted = true
            }
        } catch {
            // Nobody is there to type a passphrase at each start.
            if isEncrypted { throw TLSError(path, "the key is encrypted; it has to be stored without a passphrase") }
            throw TLSError(path, "holds no private key in PEM (\(error))")
        }
    }

    /// Fails to take a key that is well in itself if it is not the certificate's.
    private static func context(_ configuration: TLSConfiguration, _ files: TLSFiles) throws -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSError(files.key, "the key does not belong to the certificate in \(files.certificate)")
        }
    }
}

extension TLSContext {
    /// Puts TLS in front of everything in the pipeline. On the event loop, when the answer to STARTTLS is flushed.
    ///
    /// The caller throws away whatever it had read and not yet looked at: it came in the clear. RFC 3207 §4.2.
    /// `TLSUserEvent.handshakeCompleted` passes the pipeline when the connection is encrypted.
    package func insert(into pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(NIOSSLServerHandler(context: self.context), position: .first)
    }
}

/// A certificate or key cannot be used.
package struct TLSError: Error, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(self.path): \(self.reason)" }
}
