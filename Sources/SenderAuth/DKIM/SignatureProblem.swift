/// Why a signature proves nothing. The text is fit for a header field: it holds no word of the message.
package enum SignatureProblem: Error, Hashable, Sendable, CustomStringConvertible {
    // What the signature says of itself.
    case syntax
    case missingTag(String)
    case malformedTag(String)
    case unsupported(String)
    case tooLarge
    case fromNotSigned
    case identityOutsideDomain
    case expired
    case signedInTheFuture
    // What we do not accept.
    case weakHash
    case keyTooShort
    case keyTooLong
    case bodyPartlySigned
    // What the key's record says.
    case noKey
    case keyRevoked
    case keyMalformed
    case keyUnfit(String)
    case keyUnreachable
    // What the mathematics says.
    case bodyHashDiffers
    case signatureDiffers

    package var verdict: AuthVerdict {
        switch self {
        case .syntax, .missingTag, .malformedTag, .unsupported, .tooLarge, .fromNotSigned, .identityOutsideDomain,
            .expired, .signedInTheFuture, .noKey, .keyRevoked, .keyMalformed, .keyUnfit:
            .permerror
        case .weakHash, .keyTooShort, .keyTooLong, .bodyPartlySigned: .policy
        case .keyUnreachable: .temperror
        case .bodyHashDiffers, .signatureDiffers: .fail
        }
    }

    package var description: String {
        switch self {
        case .syntax: "signature is no tag list"
        case .missingTag(let tag): "signature lacks \(tag)="
        case .malformedTag(let tag): "\(tag)= of signature is malformed"
        case .unsupported(let tag): "\(tag)= of signature is not supported"
        case .tooLarge: "signature or header too large to check"
        case .fromNotSigned: "From is not signed"
        case .identityOutsideDomain: "i= is not within d="
        case .expired: "signature expired"
        case .signedInTheFuture: "signature is from the future"
        case .weakHash: "SHA-1 is not accepted"
        case .keyTooShort: "key is too short"
        case .keyTooLong: "key is too long"
        case .bodyPartlySigned: "body is only partly signed"
        case .noKey: "no key"
        case .keyRevoked: "key revoked"
        case .keyMalformed: "key is malformed"
        case .keyUnfit(let tag): "\(tag)= of key does not fit"
        case .keyUnreachable: "key could not be asked for"
        case .bodyHashDiffers: "body hash did not verify"
        case .signatureDiffers: "signature did not verify"
        }
    }
}
