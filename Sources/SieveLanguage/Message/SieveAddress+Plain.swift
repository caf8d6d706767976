internal import MIME
internal import MailBytes

/// Reading address fields of the usual form, which needs none of the general reader's care.
extension SieveAddress {
    /// The addresses of a field that has this form; the general reader comes to the same.
    ///
    ///     plain-list = plain *("," plain)
    ///     plain      = *WSP (addr-spec / [phrase] "<" addr-spec ">") *WSP
    ///     phrase     = word *(word / "." / WSP)
    ///     word       = atom / DQUOTE *(any character but DQUOTE, backslash and line ends) DQUOTE
    ///     addr-spec  = dot-atom "@" dot-atom
    ///
    /// - Returns: `nil` when it has not.
    static func plainList(_ range: Range<Int>, in bytes: Span<UInt8>) -> [SieveAddress]? {
        var addresses: [SieveAddress] = []
        let isPlain = Self.eachPlain(range, in: bytes) { text, at in
            addresses.append(SieveAddress(plain: unsafe text.withUnsafeBufferPointer { unsafe Array($0) }, at: at))
        }
        return isPlain ? addresses : nil
    }

    /// The pairs of octets that the addresses of such a field have.
    static func plainPairs(_ range: Range<Int>, in bytes: Span<UInt8>) -> OctetPairs? {
        var pairs = OctetPairs()
        let isPlain = Self.eachPlain(range, in: bytes) { text, _ in pairs.insert(text) }
        return isPlain ? pairs : nil
    }

    /// Calls `body` with each address and the place of the `@` in it.
    ///
    /// - Returns: Whether the field has the form; what `body` was called with before is of no use otherwise.
    private static func eachPlain(
        _ range: Range<Int>,
        in bytes: Span<UInt8>,
        _ body: (_ text: Span<UInt8>, _ at: Int) -> Void
    ) -> Bool {
        guard range.count <= MIMELimits.fieldOctetsMax else { return false }
        var (count, position) = (0, range.lowerBound)
        while count < MIMELimits.addressesMax {
            guard let address = Self.takePlain(&position, before: range.upperBound, in: bytes) else { return false }
            body(bytes.extracting(address.text), address.at)
            count += 1
            guard position < range.upperBound else { return true }
            guard bytes[position] == UInt8(ascii: ",") else { return false }
            position += 1
        }
        return false
    }

    /// Where an address stands, and where in it the `@`.
    private typealias Place = (text: Range<Int>, at: Int)

    private static func takePlain(_ position: inout Int, before end: Int, in bytes: Span<UInt8>) -> Place? {
        Self.skipBlanks(&position, before: end, in: bytes)
        var start = position
        var address = Self.takeSpecification(&position, before: end, in: bytes)
        if address == nil {
            position = start
            guard Self.skipPhrase(&position, before: end, in: bytes) else { return nil }
            position += 1
            start = position
            address = Self.takeSpecification(&position, before: end, in: bytes)
            guard position < end, bytes[position] == UInt8(ascii: ">") else { return nil }
            position += 1
        }
        Self.skipBlanks(&position, before: end, in: bytes)
        return address
    }

    /// Goes on to the angle bracket.
    private static func skipPhrase(_ position: inout Int, before end: Int, in bytes: Span<UInt8>) -> Bool {
        if position < end, bytes[position] == ASCII.dot { return false }
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: "<"): return true
            case ASCII.dot: break
            case ASCII.quote:
                position += 1
                while position < end, bytes[position] != ASCII.quote {
                    if bytes[position] == ASCII.backslash || ASCII.isControl(bytes[position]) { return false }
                    position += 1
                }
            case let byte where Self.isAtomByte(byte) || ASCII.isBlank(byte): break
            default: return false
            }
            position += 1
        }
        return false
    }

    private static func takeSpecification(
        _ position: inout Int,
        before end: Int,
        in bytes: Span<UInt8>
    ) -> Place? {
        let start = position
        guard Self.skipDotAtom(&position, before: end, in: bytes), position < end, bytes[position] == UInt8(ascii: "@")
        else { return nil }
        let at = position
        position += 1
        guard Self.skipDotAtom(&position, before: end, in: bytes) else { return nil }
        return (start..<position, at - start)
    }

    private static func skipDotAtom(_ position: inout Int, before end: Int, in bytes: Span<UInt8>) -> Bool {
        var isInAtom = false
        while position < end {
            let byte = bytes[position]
            if byte == ASCII.dot, isInAtom {
                isInAtom = false
            } else if Self.isAtomByte(byte) {
                isInAtom = true
            } else {
                break
            }
            position += 1
        }
        return isInAtom
    }

    private static func skipBlanks(_ position: inout Int, before end: Int, in bytes: Span<UInt8>) {
        while position < end, ASCII.isBlank(bytes[position]) { position += 1 }
    }

    /// `atext` of RFC 5322 §3.2.3, which an address may have without being quoted, as two bit tables.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        let (low, high): (UInt64, UInt64) = (0xA3FF_ACFA_0000_0000, 0x7FFF_FFFF_C7FF_FFFE)
        guard byte < 0x80 else { return false }
        return (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte & 63)) & 1 == 1
    }
}
