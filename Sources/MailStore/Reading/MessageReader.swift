package import MailTypes
internal import NIOCore
package import Storage

/// Which parts of a stored message a reader wants; only these are read.
package struct MessageFields: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Sizes and dates.
    package static let facts = Self(rawValue: 1)
    package static let envelope = Self(rawValue: 2)
    package static let bodyStructure = Self(rawValue: 4)
}

/// Reads messages on one moment of the shard; valid only inside the closure it was given to.
package struct MessageReader {
    let database: Database
    let bodies: BodyFiles

    /// Hands over a message's row; `nil` when the message is gone.
    package func withMessage<R>(
        _ id: StoredMessageID,
        _ fields: MessageFields = .facts,
        _ use: (borrowing StoredMessageRow) throws -> R
    ) throws -> R? {
        // Reading on costs more than leaving out: the columns stand in this order in the row.
        let statement =
            fields.isSubset(of: .facts)
            ? try self.database.statement(
                "SELECT octets, internal_date, header_octets, sent_at, message_id FROM message WHERE id = ?"
            )
            : try self.database.statement(
                """
                SELECT octets, internal_date, header_octets, sent_at, message_id, envelope, structure
                FROM message WHERE id = ?
                """
            )
        statement.bind(id.rawValue, at: 1)
        return try statement.first { try use(StoredMessageRow(row: $0)) }
    }

    /// The message's bytes where they lie: a row, or a mapped file. `nil` when the message is gone.
    package func withBody<R>(_ id: StoredMessageID, _ use: (Span<UInt8>) throws -> R) throws -> R? {
        try self.withStoredBody(id) { try $0.withBytes(use) }
    }

    /// The message's text, to be looked at or handed on. `nil` when the message is gone.
    package func withStoredBody<R>(_ id: StoredMessageID, _ use: (borrowing StoredBody) throws -> R) throws -> R? {
        let statement = try self.database.statement("SELECT file, data FROM body WHERE message = ?")
        statement.bind(id.rawValue, at: 1)
        return try statement.first { row in
            if row.isNull(0) { return try use(.row(row)) }
            let octets = try self.octets(of: id)
            let name = row.text(0)
            let file = try self.bodies.open(name)
            guard file.octets == octets else {
                let found = "\(self.bodies.path(of: name)) has \(file.octets) octets instead of \(octets)"
                throw StorageError(.corrupt, "read body", found)
            }
            return try use(.file(file))
        }
    }

    private func octets(of id: StoredMessageID) throws -> Int {
        let statement = try self.database.statement("SELECT octets FROM message WHERE id = ?")
        statement.bind(id.rawValue, at: 1)
        return try statement.first { Int($0.int(0)) } ?? 0
    }

    /// The message as it can be handed on; `nil` when it is gone.
    package func content(_ id: StoredMessageID) throws -> MessageContent? {
        let statement = try self.database.statement(
            "SELECT file, data, octets FROM body JOIN message ON message.id = body.message WHERE body.message = ?"
        )
        statement.bind(id.rawValue, at: 1)
        return try statement.first { row in
            if row.isNull(0) { return .inline(row.blob(1)) }
            let path = self.bodies.path(of: row.text(0))
            return .file(SpoolFile(path: path, octets: Int(row.int(2)), isTemporary: false))
        }
    }

    /// How long those of these messages are whose lines do not all end in CRLF, when they do.
    ///
    /// - Parameter messages: ascending. Those of other accounts, of which there may be millions between them, are
    ///   passed over.
    package func octetsInLines(of messages: [StoredMessageID]) throws -> [StoredMessageID: Int] {
        let statement = try self.database.statement(
            "SELECT message, octets FROM line_octets WHERE message >= ? ORDER BY message LIMIT 1"
        )
        var octets: [StoredMessageID: Int] = [:]
        var index = 0
        while index < messages.count {
            statement.bind(messages[index].rawValue, at: 1)
            let next = try statement.first { (message: StoredMessageID(rawValue: $0.int(0)), octets: Int($0.int(1))) }
            guard let next else { break }
            index = Self.firstIndex(in: messages, from: index, notBelow: next.message)
            guard index < messages.count, messages[index] == next.message else { continue }
            octets[next.message] = next.octets
            index += 1
        }
        return octets
    }

    private static func firstIndex(
        in messages: [StoredMessageID],
        from start: Int,
        notBelow message: StoredMessageID
    ) -> Int {
        var (low, high) = (start, messages.count)
        while low < high {
            let middle = low + (high - low) / 2
            if messages[middle] < message { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// When the message came into its mailbox; `nil` when it is not there.
    package func savedAt(_ uid: UID, in mailbox: MailboxID) throws -> Instant? {
        try Placements.savedAt(uid, in: mailbox, self.database)
    }
}
