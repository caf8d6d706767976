internal import MIME
internal import MailBytes
internal import MailTypes
internal import NIOCore
internal import Storage

/// A message ready for its rows: read for its structure and hashed, before any transaction.
struct PreparedMessage: Sendable {
    /// Where the bytes are kept.
    enum Body: Sendable {
        case inline(ByteBuffer)
        /// A small message that was spooled with many others: read when its row is written, so that only one of them is
        /// in memory.
        case spooled(SpoolFile)
        /// A file of the shard's, by its name there.
        case file(String, of: BodyFiles)
    }

    /// Octets up to which a message is read on the caller's thread: a few microseconds' work.
    static let smallMax = 64 * 1_024

    let octets: Int
    /// With all lines ended by CRLF, as POP3 sends it.
    let octetsInLines: Int
    let hash: UInt64
    let facts: MessageFacts

    /// Reads the message; blocks on the disk when it is a file.
    init(_ content: MessageContent) throws {
        guard content.octets <= MailStoreLimits.messageOctetsMax else { throw MailStoreError.messageTooLarge }
        (self.hash, self.facts, self.octetsInLines) = try content.withBytes { bytes in
            (ContentHash.of(bytes), MessageFacts.compute(of: bytes), bytes.octetsInCRLFLines)
        }
        self.octets = content.octets
    }

    /// Puts the bytes where a row of this shard can name them; blocks on the disk when they are a file.
    static func body(of content: MessageContent, in shard: Shard) throws -> Body {
        switch content {
        case .inline(let buffer) where buffer.readableBytes <= MessageContentLimits.inlineMax: .inline(buffer)
        case .inline(let buffer): .file(try shard.bodies.store(buffer), of: shard.bodies)
        case .file(let file) where file.octets <= MessageContentLimits.inlineMax: .spooled(file)
        case .file(let file): .file(try shard.bodies.adopt(file), of: shard.bodies)
        }
    }

    /// Writes the message's rows.
    func insert(
        _ id: StoredMessageID,
        body: Body,
        internalDate: Instant,
        _ database: Database
    ) throws {
        let message = try database.statement(
            """
            INSERT INTO message(id, octets, internal_date, header_octets, sent_at, message_id, envelope, structure)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        message.bind(id.rawValue, at: 1)
        message.bind(self.octets, at: 2)
        message.bind(internalDate.millisecondsSince1970, at: 3)
        message.bind(self.facts.headerOctets, at: 4)
        message.bind(self.facts.sentAt?.millisecondsSince1970, at: 5)
        if let messageID = self.facts.messageID { message.bind(messageID, at: 6) } else { message.bindNull(at: 6) }
        message.bind(self.facts.envelope, at: 7)
        message.bind(self.facts.bodyStructure, at: 8)
        try message.run()
        let row = try database.statement("INSERT INTO body(message, hash, file, data) VALUES(?, ?, ?, ?)")
        row.bind(id.rawValue, at: 1)
        row.bind(Int64(bitPattern: self.hash), at: 2)
        switch body {
        case .inline(let buffer):
            row.bindNull(at: 3)
            try row.run(withBlob: buffer, at: 4)
        case .spooled(let file):
            row.bindNull(at: 3)
            try row.run(withBlob: try self.read(file), at: 4)
        case .file(let name, let bodies):
            row.bind(name, at: 3)
            row.bindNull(at: 4)
            try row.run()
            database.afterCommit { bodies.settle(name) }
        }
        guard self.octetsInLines != self.octets else { return }
        let lines = try database.statement("INSERT INTO line_octets(message, octets) VALUES(?, ?)")
        lines.bind(id.rawValue, at: 1)
        lines.bind(self.octetsInLines, at: 2)
        try lines.run()
    }
}

extension PreparedMessage {
    private func read(_ file: SpoolFile) throws -> ByteBuffer {
        let bytes = try MessageContent.file(file).withBytes { bytes in
            var buffer = ByteBuffer()
            buffer.writeSpan(bytes)
            return buffer
        }
        guard bytes.readableBytes == self.octets else {
            throw StorageError(.io, "read", "\(file.path) has \(bytes.readableBytes) octets of \(self.octets)")
        }
        return bytes
    }
}

extension PreparedMessage.Body {
    /// Removes the file of a message that was not stored.
    func discard(after error: any Error, in shard: Shard) {
        if case .file(let name, _) = self { shard.bodies.discard(name, after: error) }
    }
}
