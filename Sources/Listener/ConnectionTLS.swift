package import NIOCore
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// What can be said of an encrypted connection once its handshake is done.
package struct ConnectionTLS: Hashable, Sendable {
    /// `TLSv1.3` or `TLSv1.2`.
    package let version: String
    /// Mail addresses in the client's verified certificate; empty without one.
    package let clientAddresses: [String]

    /// On the event loop; `nil` when the pipeline has no TLS.
    package init?(_ pipeline: ChannelPipeline.SynchronousOperations) {
        guard let handler = try? pipeline.handler(type: NIOSSLServerHandler.self) else { return nil }
        self.version =
            switch handler.tlsVersion {
            case .tlsv13: "TLSv1.3"
            case .tlsv12: "TLSv1.2"
            default: "TLS"
            }
        self.clientAddresses = handler.peerCertificate.map(Self.addresses) ?? []
    }

    private static func addresses(in certificate: NIOSSLCertificate) -> [String] {
        guard let der = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: der),
            let names = try? parsed.extensions.subjectAlternativeNames
        else { return [] }
        return names.compactMap { name in
            if case .rfc822Name(let address) = name { address } else { nil }
        }
    }
}
