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
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
            guard let certificate = chain.first else { throw TLSError(files.certificate, "holds no certificate") }
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = files.requiresTLS13 ? .tlsv13 : .tlsv12
            if let authorities = files.clientAuthorities {
                configuration.trustRoots = .file(authorities)
                configuration.certificateVerification = .optionalVerification
            }
            self.context = try NIOSSLContext(configuration: configuration)
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
