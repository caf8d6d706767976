internal import MailBytes
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import Sessions

/// STAT, LIST and UIDL. RFC 1939 §5, §7.
extension POP3Connection {
    /// `+OK nn mm`, and nothing behind it, since clients read it so.
    func answerStat() {
        guard let maildrop = self.maildrop else { return }
        self.output.writePOP3Reply(.done("\(maildrop.messagesLeft) \(maildrop.octetsLeft)"))
    }

    func answerLine(_ number: Int, _ listing: POP3Listing) {
        guard let maildrop = self.maildrop else { return }
        guard let entry = maildrop.message(number) else { return self.errorMade(.noSuchMessage) }
        self.output.writeStaticString("+OK ")
        Self.writeLine(number, entry, listing, maildrop, into: &self.output)
    }

    /// Long listings are written slice by slice, so that others on the event loop are served between.
    func list(_ listing: POP3Listing) async {
        guard let maildrop = self.maildrop else { return }
        self.output.writePOP3Reply(.done("\(maildrop.messagesLeft) messages"))
        var first = 1
        while first <= maildrop.count, !self.isLost {
            let last = min(first + POP3SessionLimits.sliceLinesMax - 1, maildrop.count)
            var slice = ByteBuffer()
            slice.reserveCapacity((last - first + 1) * 24)
            maildrop.forEach(in: first...last) { number, entry in
                Self.writeLine(number, entry, listing, maildrop, into: &slice)
            }
            self.emit(slice)
            first = last + 1
            await self.untilWritable()
            if first <= maildrop.count { await Task.yield() }
        }
        self.output.writePOP3End()
    }

    private static func writeLine(
        _ number: Int,
        _ entry: MailboxState.Entry,
        _ listing: POP3Listing,
        _ maildrop: Maildrop,
        into buffer: inout ByteBuffer
    ) {
        switch listing {
        case .octets:
            buffer.writePOP3Pair(number, maildrop.octets(of: entry))
        case .uniqueIDs:
            buffer.writePOP3Number(number)
            buffer.writeStaticString(" ")
            buffer.writeUniqueID(entry.uid, maildrop.uidValidity)
            buffer.writeStaticString("\r\n")
        }
    }
}

extension ByteBuffer {
    /// A message's unique-id: UIDVALIDITY and UID, 16 hexadecimal digits; the same in every session, and never another
    /// message's. RFC 1939 §7.
    mutating func writeUniqueID(_ uid: UID, _ validity: UIDValidity) {
        Hex.write(UInt64(validity.rawValue) << 32 | UInt64(uid.rawValue), width: 16, into: &self)
    }
}
