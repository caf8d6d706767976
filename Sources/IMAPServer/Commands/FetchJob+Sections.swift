internal import IMAPWire
internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore

/// The sections of a message: from where it lies straight into the answer, copied once.
extension FetchJob {
    /// Writes the sections from the cursor's on; stops in the middle of a large one, or when the answer has become so.
    ///
    /// - Returns: whether the message was there.
    func encodeSections(
        _ entry: MailboxState.Entry,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer,
        _ reader: MessageReader
    ) throws -> Bool {
        var position = cursor
        let found: Void? = try reader.withStoredBody(entry.message) { body in
            try self.writeSections(of: body, &position, into: &buffer)
        }
        guard found != nil else {
            position.section = 0
            position.rest = nil
            cursor = position
            return false
        }
        cursor = position
        return true
    }

    private func writeSections(
        of body: borrowing StoredBody,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer
    ) throws {
        if let rest = cursor.rest {
            cursor.rest = try Self.writePiece(rest, of: body, into: &buffer)
            if cursor.rest != nil { return }
            cursor.section += 1
        }
        let startsWithBody = self.plan.wantsBody && cursor.section == 0
        if !startsWithBody, self.plan.sections[cursor.section...].allSatisfy(\.isWholeMessage) {
            let whole = 0..<body.octets
            try self.writeSections(of: body, &cursor, into: &buffer) { _ in .range(whole) }
            return
        }
        try body.withBytes { bytes in
            let structure = self.plan.needsStructure ? MIMEStructure.parse(bytes) : nil
            if startsWithBody, let structure { self.writeBody(of: bytes, structure, into: &buffer) }
            try self.writeSections(of: body, &cursor, into: &buffer) { SectionContent.locate($0, in: bytes, structure) }
        }
    }

    private func writeBody(of bytes: Span<UInt8>, _ structure: MIMEStructure, into buffer: inout ByteBuffer) {
        var body = ByteBuffer()
        IMAPBodyStructure.write(structure, of: bytes, extended: false, into: &body)
        buffer.writeFetchBody(body.readableBytesUInt8Span)
    }

    private func writeSections(
        of body: borrowing StoredBody,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer,
        _ locate: (FetchPlan.Section) -> SectionContent
    ) throws {
        while cursor.section < self.plan.sections.count {
            let wanted = self.plan.sections[cursor.section]
            let origin = wanted.partial?.origin
            switch locate(wanted) {
            case .missing:
                buffer.writeFetchSection(wanted.section, origin: origin, nil)
            case .made(let made):
                let range = wanted.range(in: 0..<made.readableBytes)
                buffer.writeFetchSection(wanted.section, origin: origin, made.readableBytesUInt8Span.extracting(range))
            case .range(let whole):
                let range = wanted.range(in: whole)
                if !buffer.writeFetchRFC822Head(wanted.item, octets: range.count) {
                    buffer.writeFetchSectionHead(wanted.section, origin: origin, octets: range.count)
                }
                cursor.rest = try Self.writePiece(range, of: body, into: &buffer)
                if cursor.rest != nil { return }
            }
            cursor.section += 1
            // Each may be as large as the message, and a command may ask for hundreds.
            let isEnough = buffer.readableBytes > IMAPSessionLimits.batchOctetsMax
            if isEnough, cursor.section < self.plan.sections.count { return }
        }
        cursor.section = 0
    }

    /// Writes a section's octets, or as many of them as one piece of the answer may hold.
    ///
    /// - Returns: what is left of a large one.
    private static func writePiece(
        _ range: Range<Int>,
        of body: borrowing StoredBody,
        into buffer: inout ByteBuffer
    ) throws -> Range<Int>? {
        let piece = range.prefix(IMAPSessionLimits.chunkOctetsMax)
        try body.append(piece, to: &buffer)
        guard piece.count == range.count else { return piece.upperBound..<range.upperBound }
        buffer.writeFetchSectionTail()
        return nil
    }
}
