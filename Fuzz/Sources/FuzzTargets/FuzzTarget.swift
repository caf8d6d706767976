/// A reader of foreign bytes, and what it must keep to whatever the bytes are.
///
/// The fuzzers hand it inputs of their own making; the tests hand it the files in `Fuzz/Seeds/NAME` and
/// `Fuzz/Failures/NAME`. An input is plain bytes, as a peer would send them, so that anybody can write one.
package enum FuzzTarget: String, CaseIterable, Codable, Sendable, CustomStringConvertible {
    /// Codecs and scans of `MailBytes`.
    case bytes
    /// What an SMTP or LMTP client sends.
    case smtp
    /// What an SMTP or LMTP server answers our client.
    case smtpReplies = "smtp-replies"
    /// What an IMAP client sends.
    case imap
    /// What a POP3 client sends.
    case pop3
    /// What a ManageSieve client sends.
    case manageSieve = "managesieve"
    /// A message.
    case mime
    /// Logins: the mechanism's name on the first line, then a message of the peer on each.
    case sasl
    /// A Sieve script, and behind a NUL the message that it runs on.
    case sieve
    /// A zone of DNS records, and behind a NUL the message whose sender is looked for in it.
    case auth

    package var description: String { self.rawValue }

    /// Reads one input in every way there is.
    ///
    /// It traps or throws where the product is wrong, and never otherwise.
    package func check(_ input: [UInt8]) throws(BrokenProperty) {
        switch self {
        case .bytes: try BytesProperties.check(input)
        case .smtp: try SMTPProperties.check(input)
        case .smtpReplies: try SMTPReplyProperties.check(input)
        case .imap: try IMAPProperties.check(input)
        case .pop3: try POP3Properties.check(input)
        case .manageSieve: try ManageSieveProperties.check(input)
        case .mime: try MIMEProperties.check(input)
        case .sasl: try SASLProperties.check(input)
        case .sieve: try SieveProperties.check(input)
        case .auth: try AuthProperties.check(input)
        }
    }
}

/// Something that must hold for every input did not hold for this one.
package struct BrokenProperty: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// - Parameter property: what was to be true, as a sentence.
func require(
    _ holds: @autoclosure () -> Bool,
    _ property: @autoclosure () -> String
) throws(BrokenProperty) {
    guard holds() else { throw BrokenProperty(property()) }
}

/// The value, which must be there.
func requireValue<Value>(_ value: Value?, _ property: @autoclosure () -> String) throws(BrokenProperty) -> Value {
    guard let value else { throw BrokenProperty(property()) }
    return value
}
