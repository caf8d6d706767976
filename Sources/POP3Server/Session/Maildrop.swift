internal import Directory
internal import MailStore
internal import MailTypes

/// A maildrop as one session sees it: the INBOX at the moment of login, and what the session wants deleted.
///
/// Numbers count from 1 and never change while the session lasts. RFC 1939 §5.
struct Maildrop {
    let user: AuthenticatedUser
    let account: AccountID
    let mailbox: MailboxID
    let uidValidity: UIDValidity
    let state: MailboxState
    private let lock: MaildropLock
    /// Octets of the messages that are sent longer than they are stored, as some of their lines get a CRLF.
    private let octetsInLines: [StoredMessageID: Int]
    private let octets: Int
    private var deleted = MessageNumbers()
    private var deletedOctets = 0
    private var retrieved = MessageNumbers()

    init(
        user: AuthenticatedUser,
        _ summary: MailboxSummary,
        _ state: MailboxState,
        octetsInLines: [StoredMessageID: Int],
        _ lock: MaildropLock
    ) {
        self.user = user
        self.account = lock.account
        self.mailbox = summary.id
        self.uidValidity = summary.uidValidity
        self.state = state
        self.lock = lock
        self.octetsInLines = octetsInLines
        var octets = 0
        state.forEach(in: 0..<state.count) { octets += octetsInLines[$0.message] ?? Int($0.octets) }
        self.octets = octets
    }

    /// As RETR sends the message. RFC 1939 §5, §11.
    func octets(of entry: MailboxState.Entry) -> Int {
        self.octetsInLines[entry.message] ?? Int(entry.octets)
    }

    /// Messages, those marked as deleted too: the highest number there is.
    var count: Int { self.state.count }

    var messagesLeft: Int { self.count - self.deleted.count }

    var octetsLeft: Int { self.octets - self.deletedOctets }

    /// The message with this number; `nil` when there is none or it is marked as deleted.
    func message(_ number: Int) -> MailboxState.Entry? {
        guard number >= 1, number <= self.count, !self.deleted.contains(number) else { return nil }
        return self.state[number - 1]
    }

    /// Calls `body` with number and entry of each message in a range of numbers that is not marked as deleted.
    func forEach(in numbers: ClosedRange<Int>, _ body: (Int, MailboxState.Entry) -> Void) {
        var number = numbers.lowerBound
        self.state.forEach(in: (numbers.lowerBound - 1)..<numbers.upperBound) { entry in
            if !self.deleted.contains(number) { body(number, entry) }
            number += 1
        }
    }

    /// - Returns: whether there was such a message.
    mutating func markDeleted(_ number: Int) -> Bool {
        guard let entry = self.message(number) else { return false }
        self.deleted.insert(number)
        self.deletedOctets += self.octets(of: entry)
        return true
    }

    mutating func unmarkAll() {
        self.deleted = MessageNumbers()
        self.deletedOctets = 0
    }

    mutating func noteRetrieved(_ number: Int) { self.retrieved.insert(number) }

    /// UIDs of the messages to delete, ascending.
    var deletedUIDs: [UID] { self.uids { number, _ in self.deleted.contains(number) } }

    /// UIDs of the messages that were fetched, stay, and are not `\Seen` yet, ascending.
    var newlySeenUIDs: [UID] {
        self.uids { number, entry in
            self.retrieved.contains(number) && !self.deleted.contains(number) && !entry.flags.contains(.seen)
        }
    }

    /// Gives the maildrop back to whoever comes next.
    func release() { self.lock.release() }

    private func uids(where isWanted: (Int, MailboxState.Entry) -> Bool) -> [UID] {
        guard self.deleted.count > 0 || self.retrieved.count > 0 else { return [] }
        var uids: [UID] = []
        var number = 0
        self.state.forEach(in: 0..<self.count) { entry in
            number += 1
            if isWanted(number, entry) { uids.append(entry.uid) }
        }
        return uids
    }
}

/// A set of message numbers, a bit each, that costs nothing while it is empty.
struct MessageNumbers {
    private var words: [UInt64] = []
    private(set) var count = 0

    func contains(_ number: Int) -> Bool {
        let word = number >> 6
        return word < self.words.count && self.words[word] >> UInt64(number & 63) & 1 == 1
    }

    mutating func insert(_ number: Int) {
        let word = number >> 6
        if word >= self.words.count {
            self.words.append(contentsOf: repeatElement(0, count: word + 1 - self.words.count))
        }
        let bit: UInt64 = 1 << UInt64(number & 63)
        if self.words[word] & bit == 0 {
            self.words[word] |= bit
            self.count += 1
        }
    }
}
