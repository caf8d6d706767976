internal import MIME
internal import MailBytes
internal import NIOCore

/// A header read once: where each field is, and what was made readable of it so far.
///
/// Fields that a script adds or deletes are changed here; the message's bytes stay. Every test asks it, so it is handed
/// on without being copied.
final class HeaderIndex {
    struct Field {
        var name: Range<Int>
        var value: Range<Int>
        var whole: Range<Int>
        /// Whether the ranges are of the added text and not of the message.
        var isAdded = false
        /// Unfolded, trimmed and decoded, once that was asked for.
        var text: [UInt8]?
        var addresses: [SieveAddress]?
    }

    private(set) var fields: [Field] = []
    /// Of each field's name (``HeaderKey``): every test goes through them all, so they lie close together.
    private var hashes: [UInt32] = []
    /// Where the body starts.
    let bodyStart: Int
    let hasEmptyLine: Bool
    /// Whether fields were added or deleted.
    private(set) var isEdited = false
    private let source: ByteBuffer
    /// Where the first field starts that is one too many to be looked at.
    private let indexedEnd: Int
    private var added: [UInt8] = []

    init(_ source: ByteBuffer) {
        self.source = source
        let bytes = source.readableBytesUInt8Span
        var scanner = HeaderScanner()
        var fields: [Field] = []
        fields.reserveCapacity(32)
        self.hashes.reserveCapacity(32)
        var indexedEnd: Int?
        while let field = scanner.next(in: bytes) {
            guard fields.count < MIMELimits.fieldsMax else {
                indexedEnd = indexedEnd ?? field.whole.lowerBound
                continue
            }
            self.hashes.append(HeaderKey.hash(of: field.name, in: bytes))
            fields.append(Field(name: field.name, value: field.value, whole: field.whole))
        }
        self.fields = fields
        self.bodyStart = scanner.position
        self.hasEmptyLine = scanner.hasSeenEmptyLine
        self.indexedEnd = indexedEnd ?? fields.last?.whole.upperBound ?? 0
    }

    // MARK: - Looking up

    /// The next field of that name behind `index`.
    func next(_ key: HeaderKey, after index: Int = -1) -> Int? {
        let hashes = self.hashes
        var next = index + 1
        while next < hashes.count {
            if hashes[next] == key.hash, self.isNamed(key, self.fields[next]) { return next }
            next += 1
        }
        return nil
    }

    private func isNamed(_ key: HeaderKey, _ field: Field) -> Bool {
        self.withBytes(of: field) { key.matches(field.name, in: $0) }
    }

    /// What the field's ranges are of.
    @inline(__always)
    private func withBytes<Answer>(of field: Field, _ body: (Span<UInt8>) -> Answer) -> Answer {
        guard field.isAdded else {
            let source = self.source
            return body(source.readableBytesUInt8Span)
        }
        let added = self.added
        return body(added.span)
    }

    /// The places of all fields of that name, first to last.
    func all(_ key: HeaderKey) -> [Int] {
        var places: [Int] = []
        var place = self.next(key)
        while let found = place {
            places.append(found)
            place = self.next(key, after: found)
        }
        return places
    }

    /// A field's value unfolded, without blanks around it, encoded words decoded. RFC 5228 §2.7.2, §5.7.
    func text(at index: Int) -> [UInt8] {
        if let text = self.fields[index].text { return text }
        let field = self.fields[index]
        let text = self.withBytes(of: field) { Self.readable(field.value, in: $0) }
        self.fields[index].text = text
        return text
    }

    func addresses(at index: Int) -> [SieveAddress] {
        if let addresses = self.fields[index].addresses { return addresses }
        let text = self.text(at: index)
        let field = self.fields[index]
        let addresses = self.withBytes(of: field) { SieveAddress.list(field.value, in: $0, text: text) }
        self.fields[index].addresses = addresses
        return addresses
    }

    /// A field's value as it was sent, folds included.
    func raw(at index: Int) -> [UInt8] {
        let field = self.fields[index]
        return self.withBytes(of: field) { bytes in
            field.value.map { bytes[$0] }
        }
    }

    /// A field's name in lower case.
    func name(at index: Int) -> String {
        let field = self.fields[index]
        let name = self.withBytes(of: field) { bytes in
            field.name.map { ASCII.lowercased(bytes[$0]) }
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func readable(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8] {
        let end = min(range.upperBound, range.lowerBound + MIMELimits.fieldOctetsMax)
        var text: [UInt8] = []
        text.reserveCapacity(end - range.lowerBound)
        for index in range.lowerBound..<max(range.lowerBound, end) {
            let byte = bytes[index]
            if byte >= 0x80 || byte == 0 || byte == UInt8(ascii: "=") && index + 1 < end && bytes[index + 1] == 0x3F {
                return Self.trimmed(Array(HeaderText.decode(range, in: bytes).utf8))
            }
            if byte == ASCII.carriageReturn || byte == ASCII.lineFeed { continue }
            // The tab that begins a folded line is a space to scripts, most of which were written where it is one.
            let isFold = byte == ASCII.tab && index > range.lowerBound && bytes[index - 1] == ASCII.lineFeed
            text.append(isFold ? ASCII.space : byte)
        }
        return Self.trimmed(text)
    }

    static func trimmed(_ text: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return ASCII.isBlank(byte) || byte == ASCII.carriageReturn || byte == ASCII.lineFeed
        }
        guard isBlank(text.first) || isBlank(text.last) else { return text }
        let start = text.firstIndex { !isBlank($0) } ?? text.endIndex
        let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
        return Array(text[start..<end])
    }

    // MARK: - Editing

    /// Adds a field before all others, or behind them.
    ///
    /// - Parameter line: the whole field with its line end; `nameOctets` of it are the name.
    func add(_ line: [UInt8], nameOctets: Int, atEnd: Bool) {
        let start = self.added.count
        self.added += line
        let name = start..<start + nameOctets
        let value = min(name.upperBound + 2, self.added.count - 2)..<self.added.count - 2
        let added = self.added
        let hash = HeaderKey.hash(of: name, in: added.span)
        let field = Field(name: name, value: value, whole: start..<self.added.count, isAdded: true)
        self.fields.insert(field, at: atEnd ? self.fields.count : 0)
        self.hashes.insert(hash, at: atEnd ? self.hashes.count : 0)
        self.isEdited = true
    }

    func remove(at index: Int) {
        self.fields.remove(at: index)
        self.hashes.remove(at: index)
        self.isEdited = true
    }

    /// The message with the header as it is now.
    ///
    /// - Parameter base: the message that was indexed, in terms of the one that came.
    func edition(of base: SieveEdition) -> SieveEdition {
        guard self.isEdited else { return base }
        var edition = SieveEdition()
        for field in self.fields {
            if field.isAdded {
                edition.append(Array(self.added[field.whole]))
            } else {
                edition.append(base.slice(field.whole))
                if !self.endsLine(field.whole.upperBound) { edition.append([ASCII.carriageReturn, ASCII.lineFeed]) }
            }
        }
        if self.indexedEnd < self.headerEnd { edition.append(base.slice(self.indexedEnd..<self.headerEnd)) }
        let emptyLine = self.headerEnd..<self.bodyStart
        if self.hasEmptyLine, !emptyLine.isEmpty {
            edition.append(base.slice(emptyLine))
        } else {
            edition.append([ASCII.carriageReturn, ASCII.lineFeed])
        }
        edition.append(base.slice(self.bodyStart..<base.octets))
        return edition
    }

    private func endsLine(_ end: Int) -> Bool {
        let source = self.source
        return end > 0 && source.readableBytesUInt8Span[end - 1] == ASCII.lineFeed
    }

    /// Where the empty line behind the header starts.
    private var headerEnd: Int {
        guard self.hasEmptyLine else { return self.bodyStart }
        let source = self.source
        let bytes = source.readableBytesUInt8Span
        let hasReturn = self.bodyStart >= 2 && bytes[self.bodyStart - 2] == ASCII.carriageReturn
        return self.bodyStart - (hasReturn ? 2 : 1)
    }
}
