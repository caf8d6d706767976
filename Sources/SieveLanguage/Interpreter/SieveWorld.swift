package import MailTypes

/// What a script may ask about the world outside its message. The answers are values, so running a script
/// changes nothing.
package protocol SieveWorld {
    /// An item of RFC 5183 §4 or of another register, by its name in lower case; `nil` when it is not known.
    func environment(_ item: String) -> String?

    /// Whether a mailbox is there and mail may be filed into it. RFC 5490 §3.1.
    func mailboxExists(_ mailbox: String) -> Bool

    /// An annotation's value; of the server when `mailbox` is `nil`. RFC 5490 §3.3, §4.
    func metadata(_ annotation: String, of mailbox: String?) -> String?

    /// The name of the mailbox with that object identifier. RFC 9042 §4.
    func mailbox(withID id: String) -> String?

    /// Whether a mailbox, or any of the owner's when `mailbox` is `nil`, has that special use. RFC 8579 §3.
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool

    /// Whether a message with that identity was seen and not forgotten yet. RFC 7352 §3.
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool

    /// Whether a value is in an external list, compared so; `nil` when there is no such list. RFC 6134 §2.
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool?

    /// A script to include, compiled; `nil` when there is none. RFC 6609 §3.2.
    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram?

    /// What a spam filter said. RFC 5235 §2.
    var spamVerdict: SieveFilterVerdict? { get }

    /// What a virus scanner said. RFC 5235 §3.
    var virusVerdict: SieveFilterVerdict? { get }

    /// What a notification method says about a recipient: `online` → `yes`, `no`, `maybe`. RFC 5435 §5.
    func notificationCapability(_ capability: String, of method: String) -> String?
}

/// Where an included script is kept. RFC 6609 §3.2.
package enum SieveScriptLocation: String, Hashable, Sendable {
    case personal
    case global
}

/// A filter's score and the highest one it gives.
package struct SieveFilterVerdict: Hashable, Sendable {
    package var score: Double
    package var max: Double

    package init(score: Double, max: Double) {
        self.score = score
        self.max = max
    }
}

/// A message's identity as `duplicate` remembers it. RFC 7352 §3.
package struct SieveDuplicateMark: Hashable, Sendable {
    /// Separates independent uses.
    package var handle: String
    package var identity: [UInt8]
    /// How long it is to be remembered.
    package var seconds: UInt64
    /// Whether the time starts anew with each duplicate.
    package var isRenewed: Bool
}

/// A world with nothing in it.
package struct SieveEmptyWorld: SieveWorld {
    package init() {}
    package func environment(_ item: String) -> String? { nil }
    package func mailboxExists(_ mailbox: String) -> Bool { SieveMailboxName.isInbox(mailbox) }
    package func metadata(_ annotation: String, of mailbox: String?) -> String? { nil }
    package func mailbox(withID id: String) -> String? { nil }
    package func hasSpecialUse(_ use: String, mailbox: String?) -> Bool { false }
    package func isDuplicate(_ mark: SieveDuplicateMark) -> Bool { false }
    package func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? { nil }
    package func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? { nil }
    package var spamVerdict: SieveFilterVerdict? { nil }
    package var virusVerdict: SieveFilterVerdict? { nil }
    package func notificationCapability(_ capability: String, of method: String) -> String? { nil }
}

/// How a message came and whose script it is.
package struct SieveSituation: Sendable {
    package var envelope: SieveEnvelope {
        get { self.findEnvelope() }
        set { self.findEnvelope = { newValue } }
    }
    package var now: Instant
    /// The owner's zone, minutes east of Greenwich. RFC 5260 §4.3.
    package var zoneMinutes: Int {
        get { self.findZoneMinutes() }
        set { self.findZoneMinutes = { newValue } }
    }
    /// All addresses at which the owner receives mail, which vacation answers for. RFC 5230 §4.5.
    package var ownerAddresses: [String] {
        get { self.findOwnerAddresses() }
        set { self.findOwnerAddresses = { newValue } }
    }
    private var findEnvelope: @Sendable () -> SieveEnvelope
    private var findZoneMinutes: @Sendable () -> Int
    private var findOwnerAddresses: @Sendable () -> [String]
    /// Whether the script runs because of a change in a mailbox and not at delivery. RFC 6785.
    package var isMailboxEvent = false
    /// Flags that the message has already, for scripts on stored mail.
    package var flags: [String] = []

    /// - Parameters:
    ///   - envelope: put together when a script asks; few do.
    ///   - zoneMinutes: found out when a script asks.
    ///   - ownerAddresses: the same.
    package init(
        envelope: @autoclosure @escaping @Sendable () -> SieveEnvelope,
        now: Instant,
        zoneMinutes: @autoclosure @escaping @Sendable () -> Int = 0,
        ownerAddresses: @autoclosure @escaping @Sendable () -> [String] = []
    ) {
        self.findEnvelope = envelope
        self.now = now
        self.findZoneMinutes = zoneMinutes
        self.findOwnerAddresses = ownerAddresses
    }
}

/// What the envelope test can be asked for. RFC 5228 §5.4; RFC 6009 §4.
package struct SieveEnvelope: Hashable, Sendable {
    /// Without angle brackets; empty for the null sender.
    package var sender: String
    package var recipient: String
    /// The recipient before aliases were looked up.
    package var originalRecipient: String?
    /// Who logged in to send this.
    package var authenticated: String?
    /// `NOTIFY`, `RET`, `ENVID` and `ORCPT`, the latter two decoded, in lower case names. RFC 6009 §4.
    package var parameters: [String: String] = [:]
    /// `BY`, from when the message came. RFC 2852; RFC 6009 §6.
    package var deliverBy: DeliverBy?

    package init(sender: String, recipient: String) {
        self.sender = sender
        self.recipient = recipient
    }
}
