internal import MailTypes
internal import NIOCore
internal import Storage

/// Writes messages and recipients. Everything here runs inside a write operation.
enum QueueRows {
    /// Adds a message with its recipients and counts them as accepted.
    ///
    /// - Parameter bodyName: the adopted file, for a body that is no row.
    /// - Parameter now: from when on its age counts.
    static func insert(_ new: NewQueuedMessage, bodyName: String?, at now: Instant, _ database: Database) throws {
        try Self.insertMessage(new, bodyName: bodyName, at: now, database)
        let state = new.isHeld ? RecipientState.held : .queued
        for index in new.recipients.indices {
            try Self.insert(QueuedRecipient(index, of: new), of: new.id, state: state, database)
        }
        database.tally(.accepted, new.recipients.count)
    }

    private static func insertMessage(
        _ new: NewQueuedMessage,
        bodyName: String?,
        at now: Instant,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO message (id, received_at, aging_from, next_ordinal, octets, sender_local_part, sender_domain,
                options, envelope_id, user, peer, session, body_file, body, deliver_by)
            VALUES (?1, ?2, ?15, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """
        )
        statement.bind(Int64(bitPattern: new.id.rawValue), at: 1)
        statement.bind(new.receivedAt.millisecondsSince1970, at: 2)
        statement.bind(new.firstOrdinal + new.recipients.count, at: 3)
        statement.bind(new.content.octets, at: 4)
        statement.bind(new.sender.reversePath.address?.localPart, at: 5)
        statement.bind(new.sender.reversePath.address?.domain.name, at: 6)
        statement.bind(SenderOptions(new.sender).rawValue, at: 7)
        statement.bind(new.sender.envelopeID, at: 8)
        statement.bind(new.origin.authenticatedUser, at: 9)
        statement.bind(new.origin.peer, at: 10)
        statement.bind(new.origin.session.map { Int64(bitPattern: $0.rawValue) }, at: 11)
        statement.bind(bodyName, at: 12)
        statement.bind(new.sender.deliverBy?.deadline.millisecondsSince1970, at: 14)
        statement.bind(now.millisecondsSince1970, at: 15)
        if case .inline(let body) = new.content {
            try statement.run(withBlob: body, at: 13)
        } else {
            statement.bindNull(at: 13)
            try statement.run()
        }
    }

    /// The first identifier from `id` on that no message has.
    ///
    /// After a restart with a clock that was set back, an identifier may have been given before. An accepted message is
    /// then refused for now and comes again under another; a notice has nobody to send it again.
    static func freeIdentifier(_ id: TimeSortedID, _ database: Database) throws -> TimeSortedID {
        let statement = try database.statement("SELECT 1 FROM message WHERE id = ?1")
        var id = id
        while true {
            statement.bind(Int64(bitPattern: id.rawValue), at: 1)
            guard try statement.first({ _ in true }) != nil else { return id }
            id.rawValue += 1
        }
    }

    static func insert(
        _ recipient: QueuedRecipient,
        of message: TimeSortedID,
        state: RecipientState,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO recipient (message, ordinal, state, next_attempt, attempts, local_part, domain, notify,
                original_recipient, account, detail, delay_notified, quarantined)
            VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10)
            """
        )
        statement.bind(Int64(bitPattern: message.rawValue), at: 1)
        statement.bind(recipient.ordinal, at: 2)
        statement.bind(state.rawValue, at: 3)
        switch recipient.path {
        case .postmaster:
            statement.bind("postmaster", at: 4)
            statement.bindNull(at: 5)
        case .address(let address):
            statement.bind(address.localPart, at: 4)
            statement.bind(address.domain.name, at: 5)
        }
        statement.bind(recipient.notify.map { Int64($0.rawValue) }, at: 6)
        statement.bind(recipient.originalRecipient, at: 7)
        statement.bind(recipient.account?.rawValue, at: 8)
        statement.bind(recipient.detail, at: 9)
        statement.bind(recipient.isQuarantined ? 1 : 0, at: 10)
        try statement.run()
    }

    /// - Returns: Whether it was still there.
    static func delete(_ message: TimeSortedID, _ ordinal: Int, _ database: Database) throws -> Bool {
        let statement = try database.statement("DELETE FROM recipient WHERE message = ?1 AND ordinal = ?2")
        statement.bind(Int64(bitPattern: message.rawValue), at: 1)
        statement.bind(ordinal, at: 2)
        try statement.run()
        return database.changes > 0
    }

    /// Removes the message when none of its recipients is left; its body's file goes once that is durable.
    static func deleteIfDone(_ message: TimeSortedID, bodies: BodyFiles, _ database: Database) throws {
        let statement = try database.statement(
            """
            DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = ?1)
            RETURNING body_file
            """
        )
        statement.bind(Int64(bitPattern: message.rawValue), at: 1)
        var bodyName: String?
        try statement.eachRow { if !$0.isNull(0) { bodyName = $0.text(0) } }
        if let bodyName { database.afterCommit { bodies.remove(bodyName) } }
    }
}
