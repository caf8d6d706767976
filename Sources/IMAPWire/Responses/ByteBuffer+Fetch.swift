internal import MailBytes
package import MailTypes
package import NIOCore

/// FETCH responses, piece by piece: begin, any items in any order, end. Each item ends in the space that parts it from
/// the next; the end takes the last one back. RFC 9051 §7.5.2.
extension ByteBuffer {
    /// A whole `* n FETCH (UID … FLAGS (…) MODSEQ (…))`, as a synchronising client asks for 100,000 of.
    package mutating func writeFlagsFetch(
        sequence: UInt32,
        uid: UID?,
        flags: FlagSet,
        _ names: FlagNames,
        isRecent: Bool = false,
        modSeq: ModSeq? = nil
    ) {
        // Fixed words and three numbers are below 100 octets.
        self.writeWithOutputRawSpan(minimumWritableBytes: 100 + names.octetsMax) { span in
            span.put("* ")
            span.put(decimal: UInt64(sequence))
            span.put(" FETCH (")
            if let uid {
                span.put("UID ")
                span.put(decimal: UInt64(uid.rawValue))
                span.put(" ")
            }
            span.put("FLAGS (")
            span.put(flags, names, isRecent: isRecent)
            if let modSeq {
                span.put(") MODSEQ (")
                span.put(decimal: UInt64(max(modSeq.rawValue, 0)))
            }
            span.put("))\r\n")
        }
    }

    /// `* n FETCH (`
    package mutating func writeFetchBegin(_ sequence: UInt32) {
        self.writeStaticString("* ")
        self.writeDecimal(sequence)
        self.writeStaticString(" FETCH (")
    }

    package mutating func writeFetchUID(_ uid: UID) {
        self.writeStaticString("UID ")
        self.writeDecimal(uid.rawValue)
        self.writeInteger(UInt8(ascii: " "))
    }

    package mutating func writeFetchFlags(_ flags: FlagSet, _ names: FlagNames, isRecent: Bool = false) {
        self.writeStaticString("FLAGS (")
        self.writeFlagNames(flags, names, isRecent: isRecent)
        self.writeStaticString(") ")
    }

    /// RFC 7162 §3.1.4.2.
    package mutating func writeFetchModSeq(_ modSeq: ModSeq) {
        self.writeStaticString("MODSEQ (")
        self.writeDecimal(Int(modSeq.rawValue))
        self.writeStaticString(") ")
    }

    /// In UTC. RFC 9051 §9 (`date-time`).
    package mutating func writeFetchInternalDate(_ instant: Instant) {
        self.writeStaticString("INTERNALDATE ")
        self.writeDateTime(instant)
        self.writeInteger(UInt8(ascii: " "))
    }

    package mutating func writeFetchSize(_ octets: Int) {
        self.writeStaticString("RFC822.SIZE ")
        self.writeDecimal(octets)
        self.writeInteger(UInt8(ascii: " "))
    }

    /// - Parameter wireForm: as computed at delivery, parentheses included.
    package mutating func writeFetchEnvelope(_ wireForm: Span<UInt8>) {
        self.writeStaticString("ENVELOPE ")
        self.writeSpan(wireForm)
        self.writeInteger(UInt8(ascii: " "))
    }

    /// - Parameter wireForm: with extension fields, as computed at delivery.
    package mutating func writeFetchBodyStructure(_ wireForm: Span<UInt8>) {
        self.writeStaticString("BODYSTRUCTURE ")
        self.writeSpan(wireForm)
        self.writeInteger(UInt8(ascii: " "))
    }

    /// - Parameter wireForm: without extension fields.
    package mutating func writeFetchBody(_ wireForm: Span<UInt8>) {
        self.writeStaticString("BODY ")
        self.writeSpan(wireForm)
        self.writeInteger(UInt8(ascii: " "))
    }

    /// `BODY[…]<origin> {n}` and the bytes; `NIL` where there is no such part.
    package mutating func writeFetchSection(_ section: BodySection, origin: UInt32?, _ bytes: Span<UInt8>?) {
        guard let bytes else {
            self.writeSectionLabel(section, origin: origin)
            self.writeStaticString(" NIL ")
            return
        }
        self.writeFetchSectionHead(section, origin: origin, octets: bytes.count)
        self.writeSpan(bytes)
        self.writeFetchSectionTail()
    }

    /// `BODY[…]<origin> {n}` CRLF. Exactly `octets` bytes must follow, then ``writeFetchSectionTail()``.
    package mutating func writeFetchSectionHead(_ section: BodySection, origin: UInt32?, octets: Int) {
        self.writeSectionLabel(section, origin: origin)
        self.writeInteger(UInt8(ascii: " "))
        self.writeLiteralHead(octets: octets)
    }

    package mutating func writeFetchSectionTail() {
        self.writeInteger(UInt8(ascii: " "))
    }

    /// `RFC822 {n}`, `RFC822.HEADER {n}` or `RFC822.TEXT {n}` and the bytes; for other items nothing. RFC 3501 §7.4.2.
    package mutating func writeFetchRFC822(_ item: FetchItem, _ bytes: Span<UInt8>) {
        guard self.writeFetchRFC822Head(item, octets: bytes.count) else { return }
        self.writeSpan(bytes)
        self.writeFetchSectionTail()
    }

    /// The same without the bytes, which must follow, then ``writeFetchSectionTail()``.
    ///
    /// - Returns: Whether the item is one of the three; if not, nothing was written.
    @discardableResult
    package mutating func writeFetchRFC822Head(_ item: FetchItem, octets: Int) -> Bool {
        switch item {
        case .rfc822: self.writeStaticString("RFC822 ")
        case .rfc822Header: self.writeStaticString("RFC822.HEADER ")
        case .rfc822Text: self.writeStaticString("RFC822.TEXT ")
        default: return false
        }
        self.writeLiteralHead(octets: octets)
        return true
    }

    /// `)` CRLF, in place of the last item's space.
    package mutating func writeFetchEnd() {
        if self.readableBytesUInt8Span[self.readableBytes - 1] == UInt8(ascii: " ") {
            self.moveWriterIndex(to: self.writerIndex - 1)
        }
        self.writeStaticString(")\r\n")
    }

    /// `BODY[1.2.HEADER.FIELDS (SUBJECT)]<0>`; header names as the client spelled them.
    private mutating func writeSectionLabel(_ section: BodySection, origin: UInt32?) {
        self.writeStaticString("BODY[")
        for (level, number) in section.part.enumerated() {
            if level > 0 { self.writeInteger(UInt8(ascii: ".")) }
            self.writeDecimal(number)
        }
        if !section.part.isEmpty, section.text != .all { self.writeInteger(UInt8(ascii: ".")) }
        switch section.text {
        case .all: break
        case .header: self.writeStaticString("HEADER")
        case .text: self.writeStaticString("TEXT")
        case .mime: self.writeStaticString("MIME")
        case .headerFields(let names): self.writeHeaderList("HEADER.FIELDS (", names)
        case .headerFieldsNot(let names): self.writeHeaderList("HEADER.FIELDS.NOT (", names)
        }
        self.writeInteger(UInt8(ascii: "]"))
        guard let origin else { return }
        self.writeInteger(UInt8(ascii: "<"))
        self.writeDecimal(origin)
        self.writeInteger(UInt8(ascii: ">"))
    }

    private mutating func writeHeaderList(_ label: StaticString, _ names: [String]) {
        self.writeStaticString(label)
        for (index, name) in names.enumerated() {
            if index > 0 { self.writeInteger(UInt8(ascii: " ")) }
            self.writeAString(name)
        }
        self.writeInteger(UInt8(ascii: ")"))
    }
}
