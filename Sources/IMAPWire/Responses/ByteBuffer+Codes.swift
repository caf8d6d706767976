internal import MailTypes
package import NIOCore

extension ByteBuffer {
    /// A response code without its brackets. RFC 9051 §7.1.
    package mutating func writeResponseCode(_ code: ResponseCode) {
        if let word = code.word {
            self.writeStaticString(word)
            return
        }
        switch code {
        case .appendUID(let validity, let uids):
            self.writeCode("APPENDUID ", UInt64(validity.rawValue))
            self.writeInteger(UInt8(ascii: " "))
            self.writeNumberSet(uids.lazy.map(\.rawValue))
        case .copyUID(let validity, let source, let destination):
            self.writeCode("COPYUID ", UInt64(validity.rawValue))
            self.writeInteger(UInt8(ascii: " "))
            self.writeNumberSet(source.lazy.map(\.rawValue))
            self.writeInteger(UInt8(ascii: " "))
            self.writeNumberSet(destination.lazy.map(\.rawValue))
        case .capability(let capabilities):
            self.writeStaticString("CAPABILITY")
            self.writeCapabilityNames(capabilities)
        case .modified(let numbers):
            self.writeStaticString("MODIFIED ")
            self.writeNumberSet(numbers)
        case .permanentFlags(let flags, let names, let allowsNew):
            self.writeStaticString("PERMANENTFLAGS (")
            let hasFlags = self.writeFlagNames(flags, names)
            if allowsNew { self.writeStaticString(hasFlags ? " \\*" : "\\*") }
            self.writeInteger(UInt8(ascii: ")"))
        case .highestModSeq(let modSeq): self.writeCode("HIGHESTMODSEQ ", UInt64(max(modSeq.rawValue, 0)))
        case .uidNext(let uid): self.writeCode("UIDNEXT ", UInt64(uid.rawValue))
        case .uidValidity(let validity): self.writeCode("UIDVALIDITY ", UInt64(validity.rawValue))
        case .metadataLongEntries(let octets): self.writeCode("METADATA LONGENTRIES ", UInt64(octets))
        case .metadataMaxSize(let octets): self.writeCode("METADATA MAXSIZE ", UInt64(octets))
        case .unseen(let number): self.writeCode("UNSEEN ", UInt64(number))
        default: break
        }
    }

    private mutating func writeCode(_ word: StaticString, _ value: UInt64) {
        self.writeStaticString(word)
        self.writeDecimal(value)
    }
}

extension ResponseCode {
    /// The whole of a code that has no arguments; `nil` for the others.
    fileprivate var word: StaticString? {
        switch self {
        case .alert: "ALERT"
        case .alreadyExists: "ALREADYEXISTS"
        case .authenticationFailed: "AUTHENTICATIONFAILED"
        case .authorizationFailed: "AUTHORIZATIONFAILED"
        case .badCharset: "BADCHARSET (US-ASCII UTF-8)"
        case .cannot: "CANNOT"
        case .clientBug: "CLIENTBUG"
        case .closed: "CLOSED"
        case .contactAdmin: "CONTACTADMIN"
        case .corruption: "CORRUPTION"
        case .expired: "EXPIRED"
        case .expungeIssued: "EXPUNGEISSUED"
        case .hasChildren: "HASCHILDREN"
        case .inUse: "INUSE"
        case .limit: "LIMIT"
        case .metadataNoPrivate: "METADATA NOPRIVATE"
        case .metadataTooMany: "METADATA TOOMANY"
        case .noModSeq: "NOMODSEQ"
        case .nonexistent: "NONEXISTENT"
        case .noPermission: "NOPERM"
        case .notSaved: "NOTSAVED"
        case .overQuota: "OVERQUOTA"
        case .parse: "PARSE"
        case .privacyRequired: "PRIVACYREQUIRED"
        case .readOnly: "READ-ONLY"
        case .readWrite: "READ-WRITE"
        case .serverBug: "SERVERBUG"
        case .tooBig: "TOOBIG"
        case .tryCreate: "TRYCREATE"
        case .uidNotSticky: "UIDNOTSTICKY"
        case .unavailable: "UNAVAILABLE"
        case .unknownCTE: "UNKNOWN-CTE"
        case .useAttribute: "USEATTR"
        case .appendUID, .capability, .copyUID, .highestModSeq, .modified, .permanentFlags: nil
        case .metadataLongEntries, .metadataMaxSize, .uidNext, .uidValidity, .unseen: nil
        }
    }
}
