internal import IMAPWire
internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore

/// The sections of a message: from where it lies straight into the answer, copied once.
extension FetchJob {
    /// Writes the sections from the cursor's on; stops in the middle of a large one.
    ///
    /// - Returns: whether the message was there.
    func encodeSections(
        _ entry: MailboxState.Entry,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer,
        _ reader: MessageReader
    ) throws -> Bool {
        var position = cursor
        let found: Void? = try reader.withBody(entry.message) { bytes in
            self.writeSections(of: bytes, &position, into: &buffer)
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

    private func writeSections(of bytes: Span<UInt8>, _ cursor: inout Cursor, into buffer: inout ByteBuffer) {
        if let rest = cursor.rest {
            let piece = rest.prefix(IMAPSessionLimits.chunkOctetsMax)
            buffer.appendSpan(bytes.extracting(piece))
            guard piece.count == rest.count else {
                cursor.rest = piece.upperBound..<rest.upperBound
                return
            }
            buffer.writeFetchSectionTail()
            cursor.rest = nil
            cursor.section += 1
        }
        let structure = self.plan.needsStructure ? MIMEStructure.parse(bytes) : nil
        if cursor.section == 0, self.plan.wantsBody, let structure {
            self.writeBody(of: bytes, structure, into: &buffer)
        }
        while cursor.section < self.plan.sections.count {
            let wanted = self.plan.sections[cursor.section]
            self.write(wanted, of: bytes, structure, &cursor, into: &buffer)
            if cursor.rest != nil { return }
            cursor.section += 1
        }
        cursor.section = 0
    }

    private func writeBody(of bytes: Span<UInt8>, _ structure: MIMEStructure, into buffer: inout ByteBuffer) {
        var body = ByteBuffer()
        IMAPBodyStructure.write(structure, of: bytes, extended: false, into: &body)
        buffer.writeFetchBody(body.readableBytesUInt8Span)
    }

    private func write(
        _ wanted: FetchPlan.Section,
        of bytes: Span<UInt8>,
        _ structure: MIMEStructure?,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer
    ) {
        switch SectionContent.locate(wanted, in: bytes, structure) {
        case .missing:
            buffer.writeFetchSection(wanted.section, origin: wanted.partial?.origin, nil)
        case .made(let made):
            let range = wanted.partial?.range(in: made.readableBytes) ?? 0..<made.readableBytes
            buffer.writeFetchSection(
                wanted.section,
                origin: wanted.partial?.origin,
                made.readableBytesUInt8Span.extracting(range)
            )
        case .range(let whole):
            let part = wanted.partial?.range(in: whole.count) ?? 0..<whole.count
            let range = whole.lowerBound + part.lowerBound..<whole.lowerBound + part.upperBound
            self.write(range, of: bytes, as: wanted, &cursor, into: &buffer)
        }
    }

    private func write(
        _ range: Range<Int>,
        of bytes: Span<UInt8>,
        as wanted: FetchPlan.Section,
        _ cursor: inout Cursor,
        into buffer: inout ByteBuffer
    ) {
        let isLarge = range.count > IMAPSessionLimits.chunkOctetsMax
        switch wanted.item {
        case .rfc822, .rfc822Header, .rfc822Text:
            if !isLarge {
                buffer.writeFetchRFC822(wanted.item, bytes.extracting(range))
                return
            }
            buffer.writeFetchRFC822Head(wanted.item, octets: range.count)
        default:
            if !isLarge {
                buffer.writeFetchSection(wanted.section, origin: wanted.partial?.origin, bytes.extracting(range))
                return
            }
            buffer.writeFetchSectionHead(wanted.section, origin: wanted.partial?.origin, octets: range.count)
        }
        let piece = range.prefix(IMAPSessionLimits.chunkOctetsMax)
        buffer.appendSpan(bytes.extracting(piece))
        cursor.rest = piece.upperBound..<range.upperBound
    }
}
