package import MailTypes

/// What stood behind the address in MAIL FROM. RFC 5321 §4.1.1.2.
package struct MailParameters: Hashable, Sendable {
    /// How the message's bytes are to be taken. RFC 6152 §2, RFC 3030 §3.
    package enum Body: Hashable, Sendable {
        case sevenBit
        case eightBitMIME
        case binaryMIME
    }

    /// The identity a trusted client vouches for. RFC 4954 §5.
    package enum SubmitterIdentity: Hashable, Sendable {
        /// `AUTH=<>`: none is known.
        case unknown
        /// Decoded from xtext.
        case mailbox(String)
    }

    /// Octets announced with `SIZE=`. RFC 1870 §6.
    package var size: Int?
    package var body: Body?
    /// `SMTPUTF8` was given. RFC 6531 §3.4.
    package var isInternationalized = false
    package var dsnReturn: DSNReturn?
    /// As received, still xtext; at most 100 octets. RFC 3461 §4.4.
    package var envelopeID: String?
    package var submitter: SubmitterIdentity?
    /// `BY=`, counted from the moment of the command. RFC 2852 §4.
    package var deliverBy: DeliverByRequest?

    package init() {}
}

/// What stood behind the address in RCPT TO. RFC 3461 §4.1, §4.2.
package struct RcptParameters: Hashable, Sendable {
    package var notify: DSNNotify?
    /// `addr-type;xtext` as received; at most 500 octets.
    package var originalRecipient: String?

    package init() {}
}

extension EnvelopeSender {
    /// The envelope's first half, from MAIL FROM.
    package init(_ reversePath: ReversePath, _ parameters: MailParameters) {
        self.init(
            reversePath: reversePath,
            declaredSize: parameters.size,
            isEightBit: parameters.body == .eightBitMIME || parameters.body == .binaryMIME,
            isInternationalized: parameters.isInternationalized,
            dsnReturn: parameters.dsnReturn,
            envelopeID: parameters.envelopeID
        )
    }
}

extension EnvelopeRecipient {
    /// One recipient of the envelope, from RCPT TO.
    package init(_ path: ForwardPath, _ parameters: RcptParameters) {
        self.init(path: path, notify: parameters.notify, originalRecipient: parameters.originalRecipient)
    }
}
