internal import MailTypes
internal import NIOCore
internal import Storage

/// What is wrong with a record, so that it is parked instead of sent. Lesson 4.
struct QueueRecordError: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// Why a message whose record is right cannot be read at the moment, so that it is tried again later.
struct QueueBodyError: Error {
    let reason: String
}

/// Reads a message and its waiting recipients from the tables and believes nothing: each field is checked.
enum QueueRecord {
    /// The message with this identifier.
    ///
    /// - Throws: ``QueueRecordError`` when there is none or it cannot be used, ``QueueBodyError`` when its file cannot
    ///   be read, `StorageError` when nothing can be read.
    static func message(
        _ id: TimeSortedID,
        readAt moment: ScheduleClock.Moment,
        _ database: Database,
        bodies: BodyFiles
    ) throws -> QueuedMessage {
        let statement = try database.statement(
            """
            SELECT received_at, aging_from, octets, sender_local_part, sender_domain, options, envelope_id, user, peer,
                session, body_file, body, deliver_by FROM message WHERE id = ?1
            """
        )
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        let message = try statement.first { row in
            let bodyName = row.isNull(10) ? nil : row.text(10)
            let sender = try Self.sender(row)
            return QueuedMessage(
                id: id,
                sender: sender,
                content: try Self.content(row, bodyName: bodyName, bodies: bodies),
                receivedAt: Instant(millisecondsSince1970: row.int(0)),
                ageWhenRead: max(.zero, moment.wall - Instant(millisecondsSince1970: row.int(1))),
                readAt: moment.steady,
                timeLeftWhenRead: sender.deliverBy.map { $0.deadline - moment.wall },
                origin: MessageOrigin(
                    authenticatedUser: row.isNull(7) ? nil : row.text(7),
                    peer: row.text(8),
                    session: row.optionalInt(9).map { TimeSortedID(rawValue: UInt64(bitPattern: $0)) }
                ),
                bodyName: bodyName
            )
        }
        guard let message else { throw QueueRecordError("the message of these recipients is missing") }
        return message
    }

    private static func sender(_ row: Statement) throws -> EnvelopeSender {
        let options = row.int(5)
        guard let options = SenderOptions(exactly: options), !row.isNull(12) || !options.tellsOfDeadline else {
            throw QueueRecordError("unknown message options \(options)")
        }
        let path: ReversePath
        if row.isNull(3), row.isNull(4) {
            path = .null
        } else {
            path = .address(try Self.address(localPart: row.text(3), domain: row.text(4), of: "sender"))
        }
        var sender = EnvelopeSender(
            reversePath: path,
            isEightBit: options.contains(.eightBit),
            isInternationalized: options.contains(.internationalized),
            dsnReturn: options.contains(.returnFull) ? .full : options.contains(.returnHeaders) ? .headers : nil,
            envelopeID: row.isNull(6) ? nil : row.text(6)
        )
        sender.deliverBy = row.optionalInt(12).map { options.deliverBy(Instant(millisecondsSince1970: $0)) }
        return sender
    }

    private static func content(_ row: Statement, bodyName: String?, bodies: BodyFiles) throws -> MessageContent {
        let octets = Int(row.int(2))
        if let bodyName {
            let found = try Self.octets(of: bodyName, bodies)
            guard found == octets else {
                throw QueueRecordError("the body's file \(bodyName) has \(found) octets instead of \(octets)")
            }
            return .file(SpoolFile(path: bodies.path(of: bodyName), octets: octets, isTemporary: false))
        }
        guard !row.isNull(11) else { throw QueueRecordError("the message has no body") }
        let body = row.blob(11)
        guard body.readableBytes == octets else {
            throw QueueRecordError("the body has \(body.readableBytes) octets instead of \(octets)")
        }
        return .inline(body)
    }

    private static func octets(of bodyName: String, _ bodies: BodyFiles) throws -> Int {
        do {
            return try bodies.withBytes(of: bodyName) { $0.count }
        } catch let error as StorageError where error.code == .missing {
            throw QueueRecordError("the body's file \(bodyName) is missing")
        } catch let error as StorageError where error.code != .exhausted {
            throw QueueBodyError(reason: "the body's file cannot be read: \(error.detail)")
        }
    }

    /// The message's recipients that are queued and due.
    static func dueRecipients(of id: TimeSortedID, at now: Instant, _ database: Database) throws -> [QueuedRecipient] {
        let statement = try database.statement(
            """
            SELECT ordinal, attempts, local_part, domain, notify, original_recipient, account, detail, delay_notified,
                last_reply, quarantined FROM recipient
            WHERE message = ?1 AND state = 0 AND next_attempt <= ?2 ORDER BY ordinal
            """
        )
        statement.bind(now.millisecondsSince1970, at: 2)
        return try Self.recipients(of: id, statement)
    }

    /// The message's recipients that are queued, whenever they are due.
    static func queuedRecipients(of id: TimeSortedID, _ database: Database) throws -> [QueuedRecipient] {
        try Self.recipients(
            of: id,
            database.statement(
                """
                SELECT ordinal, attempts, local_part, domain, notify, original_recipient, account, detail,
                    delay_notified, last_reply, quarantined
                FROM recipient WHERE message = ?1 AND state = 0 ORDER BY ordinal
                """
            )
        )
    }

    /// All of the message's recipients, whatever their state.
    static func recipients(of id: TimeSortedID, _ database: Database) throws -> [QueuedRecipient] {
        try Self.recipients(
            of: id,
            database.statement(
                """
                SELECT ordinal, attempts, local_part, domain, notify, original_recipient, account, detail,
                    delay_notified, last_reply, quarantined
                FROM recipient WHERE message = ?1 ORDER BY ordinal
                """
            )
        )
    }

    private static func recipients(of id: TimeSortedID, _ statement: Statement) throws -> [QueuedRecipient] {
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        var recipients: [QueuedRecipient] = []
        try statement.eachRow { recipients.append(try Self.recipient($0)) }
        return recipients
    }

    /// What says where a recipient goes: its number, its path and its account.
    ///
    /// - Parameter column: the first of `ordinal, local_part, domain, account`.
    static func outline(_ row: Statement, from column: Int32) throws -> QueuedRecipient {
        QueuedRecipient(
            ordinal: Int(row.int(column)),
            path: try Self.path(row, from: column + 1),
            account: row.optionalInt(column + 3).map(AccountID.init(rawValue:))
        )
    }

    private static func path(_ row: Statement, from column: Int32) throws -> ForwardPath {
        guard row.isNull(column + 1) else {
            return .address(
                try Self.address(localPart: row.text(column), domain: row.text(column + 1), of: "recipient")
            )
        }
        guard row.text(column).lowercased() == "postmaster" else { throw QueueRecordError("a recipient has no domain") }
        return .postmaster
    }

    private static func recipient(_ row: Statement) throws -> QueuedRecipient {
        let path = try Self.path(row, from: 2)
        guard (0...Int64(Int32.max)).contains(row.int(1)) else {
            throw QueueRecordError("recipient \(row.int(0)) has \(row.int(1)) attempts")
        }
        var recipient = QueuedRecipient(
            ordinal: Int(row.int(0)),
            path: path,
            notify: try Self.notify(row),
            originalRecipient: row.isNull(5) ? nil : row.text(5),
            account: row.optionalInt(6).map(AccountID.init(rawValue:)),
            detail: row.isNull(7) ? nil : row.text(7)
        )
        recipient.attempts = Int(row.int(1))
        recipient.isDelayNotified = row.int(8) != 0
        recipient.lastReply = row.text(9)
        recipient.isQuarantined = row.int(10) != 0
        return recipient
    }

    private static func notify(_ row: Statement) throws -> DSNNotify? {
        guard let bits = row.optionalInt(4) else { return nil }
        guard let rawValue = UInt8(exactly: bits), rawValue < 16 else {
            throw QueueRecordError("unknown NOTIFY \(bits)")
        }
        return DSNNotify(rawValue: rawValue)
    }

    private static func address(localPart: String, domain: String, of role: String) throws -> EmailAddress {
        guard !localPart.isEmpty, !domain.isEmpty, Self.isPlain(localPart), Self.isPlain(domain),
            localPart.utf8.count <= 1_000, domain.utf8.count <= 1_000
        else { throw QueueRecordError("the \(role)'s address cannot be read") }
        return EmailAddress(localPart: localPart, domain: Domain(domain))
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
