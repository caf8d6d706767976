internal import MailTypes
internal import Storage

/// The rows of `outgoing`.
enum OutgoingRows {
    static func insert(
        _ new: NewOutgoingMessage,
        _ message: StoredMessageID,
        of account: AccountID,
        at now: Instant,
        _ database: Database
    ) throws {
        let statement = try database.statement(
            """
            INSERT INTO outgoing(id, message, account, created_at, sender_local, sender_domain, eight_bit, utf8, ret,
                envelope_id, local, domain, notify, original, author, deliver_by, deliver_by_mode)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        let sender = new.sender
        statement.bind(Int64(bitPattern: new.id.rawValue), at: 1)
        statement.bind(message.rawValue, at: 2)
        statement.bind(account.rawValue, at: 3)
        statement.bind(now.millisecondsSince1970, at: 4)
        statement.bind(sender.reversePath.address?.localPart, at: 5)
        statement.bind(sender.reversePath.address?.domain.name, at: 6)
        statement.bind(sender.isEightBit ? 1 : 0, at: 7)
        statement.bind(sender.isInternationalized ? 1 : 0, at: 8)
        statement.bind(sender.dsnReturn.map { $0 == .full ? "FULL" : "HDRS" }, at: 9)
        statement.bind(sender.envelopeID, at: 10)
        switch new.recipient.path {
        case .postmaster:
            statement.bind("postmaster", at: 11)
            statement.bindNull(at: 12)
        case .address(let address):
            statement.bind(address.localPart, at: 11)
            statement.bind(address.domain.name, at: 12)
        }
        statement.bind(new.recipient.notify.map { Int64($0.rawValue) }, at: 13)
        statement.bind(new.recipient.originalRecipient, at: 14)
        statement.bind(new.author?.name, at: 15)
        statement.bind(sender.deliverBy?.deadline.millisecondsSince1970, at: 16)
        statement.bind(sender.deliverBy?.modeText, at: 17)
        try statement.run()
    }

    /// The oldest. One whose message is not there, which `martlet store check` finds, is passed over.
    static func read(_ limit: Int, _ reader: MessageReader) throws -> [OutgoingMessage] {
        let statement = try reader.database.statement(
            """
            SELECT id, message, account, created_at, sender_local, sender_domain, eight_bit, utf8, ret, envelope_id,
                local, domain, notify, original, author, deliver_by, deliver_by_mode
            FROM outgoing
            WHERE EXISTS(SELECT 1 FROM body JOIN message ON message.id = body.message
                WHERE body.message = outgoing.message)
            ORDER BY id LIMIT ?
            """
        )
        statement.bind(limit, at: 1)
        var found: [(OutgoingMessage, StoredMessageID)] = []
        try statement.eachRow { row in
            found.append((Self.outgoing(row), StoredMessageID(rawValue: row.int(1))))
        }
        return try found.compactMap { outgoing, message in
            guard let content = try reader.content(message) else { return nil }
            var outgoing = outgoing
            outgoing.content = content
            return outgoing
        }
    }

    private static func outgoing(_ row: Statement) -> OutgoingMessage {
        let text = { (column: Int32) -> String? in row.isNull(column) ? nil : row.text(column) }
        let address = { (local: Int32, domain: Int32) -> EmailAddress? in
            guard let name = text(domain) else { return nil }
            return EmailAddress(localPart: row.text(local), domain: Domain(name))
        }
        var sender = EnvelopeSender(reversePath: address(4, 5).map { .address($0) } ?? .null)
        sender.isEightBit = row.int(6) != 0
        sender.isInternationalized = row.int(7) != 0
        sender.dsnReturn = text(8).map { $0 == "FULL" ? .full : .headers }
        sender.envelopeID = text(9)
        sender.deliverBy = row.optionalInt(15).map {
            DeliverBy(deadline: Instant(millisecondsSince1970: $0), modeText: text(16) ?? "")
        }
        let recipient = EnvelopeRecipient(
            path: address(10, 11).map { .address($0) } ?? .postmaster,
            notify: row.optionalInt(12).map { DSNNotify(rawValue: UInt8(clamping: $0)) },
            originalRecipient: text(13)
        )
        return OutgoingMessage(
            id: TimeSortedID(rawValue: UInt64(bitPattern: row.int(0))),
            account: AccountID(rawValue: row.int(2)),
            createdAt: Instant(millisecondsSince1970: row.int(3)),
            sender: sender,
            recipient: recipient,
            author: text(14).map { Domain($0) }
        )
    }

    /// - Returns: whether one was there.
    static func remove(_ id: TimeSortedID, _ database: Database) throws -> Bool {
        let statement = try database.statement("DELETE FROM outgoing WHERE id = ? RETURNING message")
        statement.bind(Int64(bitPattern: id.rawValue), at: 1)
        var message: Int64?
        try statement.eachRow { message = $0.int(0) }
        guard let message else { return false }
        try References.remove(StoredMessageID(rawValue: message), database)
        return true
    }
}

extension DeliverBy {
    /// As RFC 2852 §4 writes it; `-` behind it says that the sender was told before.
    fileprivate var modeText: String {
        (self.mode == .giveBack ? "R" : "N") + (self.isTraced ? "T" : "") + (self.wasOverdue ? "-" : "")
    }

    fileprivate init(deadline: Instant, modeText: String) {
        self.init(
            deadline: deadline,
            mode: modeText.hasPrefix("R") ? .giveBack : .notify,
            isTraced: modeText.contains("T"),
            wasOverdue: modeText.hasSuffix("-")
        )
    }
}
