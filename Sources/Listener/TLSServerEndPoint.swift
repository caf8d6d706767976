internal import Crypto
internal import SwiftASN1
internal import X509

/// The channel binding that names the server's certificate. RFC 5929 §4.1.
enum TLSServerEndPoint {
    /// The certificate's hash by the hash function of its own signature, SHA-256 where that is MD5 or SHA-1.
    ///
    /// - Returns: `nil` when the signature has no single hash function, as with Ed25519.
    static func binding(ofCertificate der: [UInt8]) -> [UInt8]? {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        switch certificate.signatureAlgorithm {
        case .sha1WithRSAEncryption, .sha256WithRSAEncryption, .ecdsaWithSHA256:
            return Array(SHA256.hash(data: der))
        case .sha384WithRSAEncryption, .ecdsaWithSHA384:
            return Array(SHA384.hash(data: der))
        case .sha512WithRSAEncryption, .ecdsaWithSHA512:
            return Array(SHA512.hash(data: der))
        default:
            return nil
        }
    }
}
