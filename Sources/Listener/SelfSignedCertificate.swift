// X509 takes the dates of a certificate as Foundation's.
internal import Crypto
internal import FoundationEssentials
internal import Glibc
internal import SwiftASN1
internal import X509

/// A certificate a server makes for itself at its first start, so that connections can be encrypted at once.
///
/// Nobody vouches for it; a real one replaces it by its files and a reload.
package enum SelfSignedCertificate {
    /// How long it is valid, in seconds: ten years, because nothing renews it.
    private static let validity: Double = 10 * 365 * 86_400
    /// It is valid from a day ago, so that peers whose clocks are behind accept it.
    private static let backdating: Double = 86_400

    /// Makes the two files unless both are there.
    ///
    /// - Parameter hosts: the names and numeric addresses it is for; the first is its subject.
    /// - Returns: whether it was made now.
    @discardableResult
    package static func ensure(_ files: TLSFiles, hosts: [String]) throws(TLSError) -> Bool {
        if unsafe access(files.certificate, F_OK) == 0, unsafe access(files.key, F_OK) == 0 { return false }
        let (certificate, key): (String, String)
        do {
            (certificate, key) = try Self.make(hosts: hosts)
        } catch {
            throw TLSError(files.certificate, "cannot make a certificate: \(error)")
        }
        try Self.write(key, to: files.key, mode: 0o600)
        try Self.write(certificate, to: files.certificate, mode: 0o644)
        return true
    }

    private static func make(hosts: [String]) throws -> (certificate: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let signer = Certificate.PrivateKey(key)
        let subject = try DistinguishedName { CommonName(hosts.first ?? "localhost") }
        let now = Date()
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: signer.publicKey,
            notValidBefore: now - Self.backdating,
            notValidAfter: now + Self.validity,
            issuer: subject,
            subject: subject,
            // No key usage: a certificate that vouches for itself would have to claim that it signs certificates.
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(hosts.map(Self.name))
            },
            issuerPrivateKey: signer
        )
        return (try certificate.serializeAsPEM().pemString + "\n", key.pemRepresentation + "\n")
    }

    private static func name(of host: String) -> GeneralName {
        var octets = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, host, &octets) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: octets[0..<4]))
        }
        if unsafe inet_pton(AF_INET6, host, &octets) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: octets[0..<16]))
        }
        return .dnsName(host)
    }

    /// Writes a whole file under another name first, so that no reader ever sees half of it.
    private static func write(_ text: String, to path: String, mode: mode_t) throws(TLSError) {
        let temporary = "\(path).new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw TLSError(path, "cannot be written") }
        let octets = Array(text.utf8)
        let written = unsafe Glibc.write(descriptor, octets, octets.count)
        let isWhole = written == octets.count && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        Glibc.close(descriptor)
        guard isWhole, unsafe rename(temporary, path) == 0 else {
            unsafe unlink(temporary)
            throw TLSError(path, "cannot be written")
        }
    }
}
