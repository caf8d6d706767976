internal import IMAPWire
internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Storage

/// A large message vanished while it was being sent: what was announced cannot be sent any more.
struct LiteralCutShort: Error {}

/// One FETCH, complete in itself, so that its answer can be made piece by piece wherever the data lies.
struct FetchJob: Sendable {
    /// How far the answer has come.
    struct Cursor: Sendable {
        /// Which of the selection's ranges, and how far in it.
        var range = 0
        var offset = 0
        /// The next section of the message at hand, and what is left of a large one that is being sent in pieces.
        var section = 0
        var rest: Range<Int>?
        /// Messages that were asked for and are gone.
        var missing = 0
        /// Messages that were asked for, are there and cannot be read.
        var unreadable = 0
        var isDone = false

        var isWithinMessage: Bool { self.rest != nil || self.section > 0 }
    }

    struct Piece: Sendable {
        var buffer: ByteBuffer
        var cursor: Cursor
        /// The message that could not be read, if there was one; the piece ends with it.
        var unreadable: UnreadableMessage?
    }

    let plan: FetchPlan
    let view: MailboxView
    let selection: MessageSelection
    let flagNames: FlagNames
    let recentStart: UID
    let includesModSeq: Bool
    /// Flags of messages that changed after this are told although not asked for: the command itself set `\Seen`.
    let flagsToldSince: ModSeq?

    /// The next message's index in the snapshot; `nil` at the end.
    private func index(at cursor: inout Cursor) -> Int? {
        while cursor.range < self.selection.ranges.count {
            let range = self.selection.ranges[cursor.range]
            if cursor.offset < range.count { return range.lowerBound + cursor.offset }
            cursor.range += 1
            cursor.offset = 0
        }
        cursor.isDone = true
        return nil
    }

    private func isSkipped(_ entry: MailboxState.Entry) -> Bool {
        guard let since = self.plan.changedSince else { return false }
        return entry.modSeq <= since
    }

    private func hasNewFlags(_ entry: MailboxState.Entry) -> Bool {
        self.flagsToldSince.map { entry.modSeq > $0 } ?? false
    }

    // MARK: - From memory

    /// Answers for up to `count` messages from the snapshot alone, and for fewer when their flags have long names.
    func encodeState(from start: Cursor, count: Int) -> Piece {
        var cursor = start
        var buffer = ByteBuffer()
        buffer.reserveCapacity(min(min(count, self.selection.count) * 56, IMAPSessionLimits.answerOctetsMax))
        var visited = 0
        while visited < count, buffer.readableBytes < IMAPSessionLimits.batchOctetsMax,
            let index = self.index(at: &cursor)
        {
            visited += 1
            cursor.offset += 1
            let entry = self.view.state[index]
            if self.isSkipped(entry) { continue }
            self.writeState(entry, at: index, into: &buffer)
        }
        _ = self.index(at: &cursor)
        return Piece(buffer: buffer, cursor: cursor)
    }

    private func writeState(_ entry: MailboxState.Entry, at index: Int, into buffer: inout ByteBuffer) {
        if self.plan.wantsFlags, !self.plan.wantsSize {
            buffer.writeFlagsFetch(
                sequence: UInt32(self.view.sequenceNumber(at: index)),
                uid: self.plan.wantsUID ? entry.uid : nil,
                flags: entry.flags,
                self.flagNames,
                isRecent: entry.uid >= self.recentStart,
                modSeq: self.includesModSeq ? entry.modSeq : nil
            )
            return
        }
        self.begin(entry, at: index, into: &buffer)
        buffer.writeFetchEnd()
    }

    /// The line's beginning: its number and what the snapshot knows.
    private func begin(_ entry: MailboxState.Entry, at index: Int, into buffer: inout ByteBuffer) {
        buffer.writeFetchBegin(UInt32(self.view.sequenceNumber(at: index)))
        if self.plan.wantsUID { buffer.writeFetchUID(entry.uid) }
        let hasNewFlags = self.hasNewFlags(entry)
        if self.plan.wantsFlags || hasNewFlags {
            buffer.writeFetchFlags(entry.flags, self.flagNames, isRecent: entry.uid >= self.recentStart)
        }
        if self.plan.wantsModSeq || self.includesModSeq && (self.plan.wantsFlags || hasNewFlags) {
            buffer.writeFetchModSeq(entry.modSeq)
        }
        if self.plan.wantsSize { buffer.writeFetchSize(Int(entry.octets)) }
    }

    // MARK: - From the store

    /// Answers for as many messages as fit one visit to a reader lane.
    ///
    /// A message that cannot be read is left out, so that one bad file does not take the whole mailbox from its owner.
    func encodeStored(from start: Cursor, reader: MessageReader) throws -> Piece {
        var cursor = start
        var unreadable: UnreadableMessage?
        var buffer = ByteBuffer()
        buffer.reserveCapacity(self.estimatedOctets(from: start))
        var visited = 0
        let countMax = self.plan.needsBytes ? IMAPSessionLimits.batchMessagesMax : IMAPSessionLimits.batchRowsMax
        while visited < countMax, buffer.readableBytes < IMAPSessionLimits.batchOctetsMax,
            let index = self.index(at: &cursor)
        {
            visited += 1
            let entry = self.view.state[index]
            if !self.isSkipped(entry) {
                unreadable = try self.encodeIfReadable(entry, at: index, &cursor, into: &buffer, reader)
                if cursor.isWithinMessage { break }
            }
            cursor.offset += 1
            if unreadable != nil { break }
        }
        if !cursor.isWithinMessage { _ = self.index(at: &cursor) }
        return Piece(buffer: buffer, cursor: cursor, unreadable: unreadable)
    }

    /// Room for one visit's answers, so that the buffer is seldom moved: messages are mostly of a size.
    private func estimatedOctets(from start: Cursor) -> Int {
        var cursor = start
        guard let index = self.index(at: &cursor) else { return 0 }
        let each = self.plan.needsBytes ? Int(self.view.state[index].octets) + 256 : 1_024
        let left = self.selection.ranges[cursor.range...].prefix(8).reduce(0) { $0 + $1.count } - cursor.offset
        let countMax = self.plan.needsBytes ? IMAPSessionLimits.batchMessagesMax : IMAPSessionLimits.batchRowsMax
        return min(each * min(max(1, left), countMax), IMAPSessionLimits.answerOctetsMax)
    }

    /// - Returns: the message if it cannot be read. Once a part of it has been sent, that is thrown.
    private func encodeIfReadable(
        _ entry: MailboxState.Entry,
        at index: Int,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer,
        _ reader: MessageReader
    ) throws -> UnreadableMessage? {
        let mark = buffer.writerIndex
        let start = cursor
        do {
            try self.encode(entry, at: index, &cursor, into: &buffer, reader)
            return nil
        } catch let error as StorageError where error.isOfWhatWasRead && !start.isWithinMessage {
            buffer.moveWriterIndex(to: mark)
            cursor = start
            cursor.unreadable += 1
            if self.hasNewFlags(entry) {
                self.begin(entry, at: index, into: &buffer)
                buffer.writeFetchEnd()
            }
            return UnreadableMessage(uid: entry.uid, error: error)
        }
    }

    private func encode(
        _ entry: MailboxState.Entry,
        at index: Int,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer,
        _ reader: MessageReader
    ) throws {
        let mark = buffer.writerIndex
        let start = cursor
        var isThere = true
        if !cursor.isWithinMessage {
            self.begin(entry, at: index, into: &buffer)
            if self.plan.needsRow { isThere = try self.encodeRow(entry, into: &buffer, reader) }
        }
        if isThere, self.plan.needsBytes {
            isThere = try self.encodeSections(entry, &cursor, into: &buffer, reader)
        }
        if !isThere {
            if start.isWithinMessage { throw LiteralCutShort() }
            // Expunged and cleaned up since the snapshot: as if it had not been asked for.
            buffer.moveWriterIndex(to: mark)
            cursor.missing += 1
        } else if !cursor.isWithinMessage {
            buffer.writeFetchEnd()
        }
    }

    private func encodeRow(
        _ entry: MailboxState.Entry,
        into buffer: inout ByteBuffer,
        _ reader: MessageReader
    ) throws -> Bool {
        let plan = self.plan
        return try reader.withMessage(entry.message, plan.fields) { row in
            if plan.wantsInternalDate { buffer.writeFetchInternalDate(row.internalDate) }
            if plan.wantsEnvelope { row.withEnvelope { buffer.writeFetchEnvelope($0) } }
            if plan.wantsBodyStructure { row.withBodyStructure { buffer.writeFetchBodyStructure($0) } }
            return true
        } ?? false
    }
}
