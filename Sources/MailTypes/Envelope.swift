/// Where failure notices for a message go: an address, or nobody (`<>`), as in every notice itself. RFC 5321 §4.1.2.
package enum ReversePath: Hashable, Sendable, CustomStringConvertible {
    case null
    case address(EmailAddress)

    package var address: EmailAddress? {
        if case .address(let address) = self { address } else { nil }
    }

    /// The path without its angle brackets; empty for the null path.
    package var description: String { self.address?.description ?? "" }
}

/// Who a message is for, one recipient. `<Postmaster>` alone has no domain. RFC 5321 §4.1.1.3.
package enum ForwardPath: Hashable, Sendable, CustomStringConvertible {
    case postmaster
    case address(EmailAddress)

    /// The path without its angle brackets.
    package var description: String {
        switch self {
        case .postmaster: "postmaster"
        case .address(let address): address.description
        }
    }
}

/// What the sender wants to hear about one recipient. RFC 3461 §4.1.
package struct DSNNotify: OptionSet, Hashable, Sendable {
    package var rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `NEVER`; excludes the others.
    package static let never = Self(rawValue: 1)
    package static let success = Self(rawValue: 2)
    package static let failure = Self(rawValue: 4)
    package static let delay = Self(rawValue: 8)
}

/// How much of the message a notice about it returns: `RET=FULL` or `RET=HDRS`. RFC 3461 §4.3.
package enum DSNReturn: UInt8, Hashable, Sendable {
    case full = 1
    case headers = 2
}

/// One recipient as the client named it, with its notification wishes. RFC 3461 §4.1, §4.2.
package struct EnvelopeRecipient: Hashable, Sendable {
    package var path: ForwardPath
    /// `nil` when the client gave no NOTIFY, which means failure and perhaps delay.
    package var notify: DSNNotify?
    /// `addr-type;xtext` exactly as received, xtext still encoded; at most 500 octets. Without one, and once an alias
    /// was followed, the address that the client named.
    package var originalRecipient: String?

    package init(path: ForwardPath, notify: DSNNotify? = nil, originalRecipient: String? = nil) {
        self.path = path
        self.notify = notify
        self.originalRecipient = originalRecipient
    }
}

/// What MAIL FROM said, everything but the recipients. RFC 5321 §4.1.1.2, RFC 3461 §4.3, RFC 6531 §3.4.
package struct EnvelopeSender: Hashable, Sendable {
    package var reversePath: ReversePath
    /// Octets the client announced with `SIZE=`; `nil` when it did not.
    package var declaredSize: Int?
    /// `BODY=8BITMIME` or `BODY=BINARYMIME` was given, and the text is not plain.
    package var isEightBit: Bool
    /// `SMTPUTF8` was given, and not all is plain: addresses and headers may be UTF-8.
    package var isInternationalized: Bool
    package var dsnReturn: DSNReturn?
    /// `ENVID` exactly as received, xtext still encoded; at most 100 octets.
    package var envelopeID: String?
    /// RFC 2852.
    package var deliverBy: DeliverBy?

    package init(
        reversePath: ReversePath,
        declaredSize: Int? = nil,
        isEightBit: Bool = false,
        isInternationalized: Bool = false,
        dsnReturn: DSNReturn? = nil,
        envelopeID: String? = nil
    ) {
        self.reversePath = reversePath
        self.declaredSize = declaredSize
        self.isEightBit = isEightBit
        self.isInternationalized = isInternationalized
        self.dsnReturn = dsnReturn
        self.envelopeID = envelopeID
    }
}
