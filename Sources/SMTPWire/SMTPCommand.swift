package import MailTypes
package import NIOCore

/// One client command, read whole and found to be well formed. RFC 5321 §4.1.1.
package enum SMTPCommand: Hashable, Sendable {
    /// The argument as given: a domain or an address literal, of which nothing is believed.
    case helo(String)
    case ehlo(String)
    /// LMTP's greeting. RFC 2033 §4.1.
    case lhlo(String)
    case mail(ReversePath, MailParameters)
    case rcpt(ForwardPath, RcptParameters)
    case data
    /// The next `octets` after this line are message text. RFC 3030 §2.
    case bdat(octets: Int, isLast: Bool)
    case rset
    case noop
    case quit
    case help(String?)
    case vrfy(String)
    case expn(String)
    /// RFC 3207 §4.
    case startTLS
    /// The mechanism in capitals; the initial response still in base64, empty for `=`. RFC 4954 §4.
    case auth(mechanism: String, initialResponse: ByteBuffer?)
}

/// Which of the two protocols a session speaks. They differ in greeting and in who is answered after the message.
package enum SMTPDialect: Hashable, Sendable {
    case smtp
    case lmtp
}

/// Extensions by which a command line may be read: what the server has announced to this client.
package struct SMTPExtensions: OptionSet, Hashable, Sendable {
    package var rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// `SIZE=`. RFC 1870.
    package static let size = Self(rawValue: 1 << 0)
    /// `BODY=7BIT` and `BODY=8BITMIME`. RFC 6152.
    package static let eightBitMIME = Self(rawValue: 1 << 1)
    /// `BODY=BINARYMIME`. RFC 3030 §3.
    package static let binaryMIME = Self(rawValue: 1 << 2)
    /// `SMTPUTF8`, and UTF-8 in paths of such a message. RFC 6531.
    package static let internationalized = Self(rawValue: 1 << 3)
    /// `RET= ENVID= NOTIFY= ORCPT=`. RFC 3461.
    package static let dsn = Self(rawValue: 1 << 4)
    /// `AUTH` and `AUTH=`. RFC 4954.
    package static let auth = Self(rawValue: 1 << 5)
    /// `BDAT`. RFC 3030.
    package static let chunking = Self(rawValue: 1 << 6)
    /// `STARTTLS`. RFC 3207.
    package static let startTLS = Self(rawValue: 1 << 7)
    /// RFC 2920.
    package static let pipelining = Self(rawValue: 1 << 8)
    /// RFC 2034.
    package static let enhancedStatusCodes = Self(rawValue: 1 << 9)
    /// `BY=`. RFC 2852.
    package static let deliverBy = Self(rawValue: 1 << 10)
}
