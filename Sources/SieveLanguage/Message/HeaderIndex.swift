internal import MIME
internal import MailBytes
internal import NIOCore

/// A header read once: where each field is, and what was made readable of it so far.
///
/// Every test asks it, so it is handed on without being copied, and a field is found by its name without looking at the
/// others. Its properties change as a whole only: changing them where they stand has to be checked against others that
/// look at them, at each look.
final class HeaderIndex {
    struct Field {
        var name: Range<Int>
        var value: Range<Int>
        var whole: Range<Int>
        /// Of the name (``HeaderKey``).
        var hash: UInt32
        /// The next field whose hash ends the same.
        var next: Int32 = HeaderIndex.none
        /// Whether the ranges are of the added text and not of the message.
        var isAdded = false
        /// Of the value and of the addresses in it; `nil` until they are asked for.
        var pairs: OctetPairs?
        var addressPairs: OctetPairs?
    }

    private(set) var fields: [Field] = []
    /// For each end that a hash may have the first field that has it.
    private var first: [Int32] = []
    /// The fields that were made readable; none, or one place for each field.
    private var readings: [HeaderFieldReading?] = []
    /// Where the body starts.
    let bodyStart: Int
    let hasEmptyLine: Bool
    /// Whether fields were added or deleted.
    private(set) var isEdited = false
    private let source: ByteBuffer
    /// Where the first field starts that is one too many to be looked at.
    private let indexedEnd: Int
    private var added: [UInt8] = []

    private static let none: Int32 = -1
    private static let hashEnds = 64

    init(_ source: ByteBuffer) {
        self.source = source
        let bytes = source.readableBytesUInt8Span
        var scanner = HeaderScanner()
        var fields: [Field] = []
        fields.reserveCapacity(32)
        var indexedEnd: Int?
        while let field = scanner.next(in: bytes) {
            guard fields.count < MIMELimits.fieldsMax else {
                indexedEnd = indexedEnd ?? field.whole.lowerBound
                continue
            }
            let hash = HeaderKey.hash(of: field.name, in: bytes)
            fields.append(Field(name: field.name, value: field.value, whole: field.whole, hash: hash))
        }
        self.bodyStart = scanner.position
        self.hasEmptyLine = scanner.hasSeenEmptyLine
        self.indexedEnd = indexedEnd ?? fields.last?.whole.upperBound ?? 0
        self.take(fields)
    }

    /// The same header, to be changed.
    init(changing other: HeaderIndex) {
        self.source = other.source
        self.bodyStart = other.bodyStart
        self.hasEmptyLine = other.hasEmptyLine
        self.indexedEnd = other.indexedEnd
        self.isEdited = other.isEdited
        self.added = other.added
        self.fields = other.fields
        self.first = other.first
        self.readings = other.readings
    }

    /// Chains the fields whose hashes end the same, in their order.
    private func take(_ fields: [Field]) {
        var fields = fields
        var first = [Int32](repeating: Self.none, count: Self.hashEnds)
        for place in fields.indices.reversed() {
            let end = Int(fields[place].hash) % Self.hashEnds
            fields[place].next = first[end]
            first[end] = Int32(place)
        }
        self.fields = fields
        self.first = first
    }

    // MARK: - Looking up

    /// The next field of that name behind `index`, which is one of that name too.
    func next(_ key: HeaderKey, after index: Int? = nil) -> Int? {
        var place = self.place(ofHash: key.hash, after: index)
        while let found = place {
            if self.isNamed(key, self.fields[found]) { return found }
            place = self.place(ofHash: key.hash, after: found)
        }
        return nil
    }

    /// The next field behind `index` whose name has this hash, which that at `index` has too.
    @inline(__always)
    func place(ofHash hash: UInt32, after index: Int? = nil) -> Int? {
        var place = index.map { self.fields[$0].next } ?? self.first[Int(hash) % Self.hashEnds]
        while place != Self.none {
            let field = self.fields[Int(place)]
            if field.hash == hash { return Int(place) }
            place = field.next
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

    // MARK: - Reading

    /// A field's value unfolded, without blanks around it, encoded words decoded. RFC 5228 §2.7.2, §5.7.
    func text(at index: Int) -> [UInt8] { self.reading(at: index).text }

    func addresses(at index: Int) -> [SieveAddress] {
        let reading = self.reading(at: index)
        if let addresses = reading.addresses { return addresses }
        let field = self.fields[index]
        let addresses = self.withBytes(of: field) { SieveAddress.list(field.value, in: $0, text: reading.text) }
        reading.addresses = addresses
        return addresses
    }

    private func reading(at index: Int) -> HeaderFieldReading {
        var readings = self.readings
        if readings.isEmpty {
            readings = Array(repeating: nil, count: self.fields.count)
        } else if let reading = readings[index] {
            return reading
        }
        self.readings = []
        let field = self.fields[index]
        let reading = HeaderFieldReading(self.withBytes(of: field) { Self.readable(field.value, in: $0) })
        readings[index] = reading
        self.readings = readings
        return reading
    }

    /// The pairs of octets that ``text(at:)`` has, and perhaps some more. Few fields have to be made readable for it.
    @inline(__always)
    func pairs(at index: Int) -> OctetPairs { self.fields[index].pairs ?? self.findPairs(of: index) }

    /// The pairs of octets that the addresses have, whole and in their parts.
    @inline(__always)
    func addressPairs(at index: Int) -> OctetPairs {
        self.fields[index].addressPairs ?? self.findAddressPairs(of: index)
    }

    private func findPairs(of index: Int) -> OctetPairs {
        var field = self.fields[index]
        let value = Self.readablePart(of: field.value)
        let plain = self.withBytes(of: field) { bytes in
            Self.isPlain(value, in: bytes) ? OctetPairs(bytes.extracting(value)) : nil
        }
        let pairs = plain ?? OctetPairs(self.text(at: index))
        field.pairs = pairs
        self.set(field, at: index)
        return pairs
    }

    private func findAddressPairs(of index: Int) -> OctetPairs {
        var field = self.fields[index]
        let plain = self.withBytes(of: field) { SieveAddress.plainPairs(field.value, in: $0) }
        let pairs = plain ?? SieveAddress.pairs(of: self.addresses(at: index))
        field.addressPairs = pairs
        self.set(field, at: index)
        return pairs
    }

    private func set(_ field: Field, at index: Int) {
        var fields = self.fields
        self.fields = []
        fields[index] = field
        self.fields = fields
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

    // MARK: - Editing

    /// Adds a field before all others, or behind them.
    ///
    /// - Parameter line: the whole field with its line end; `nameOctets` of it are the name.
    func add(_ line: [UInt8], nameOctets: Int, atEnd: Bool) {
        let start = self.added.count
        let added = self.added + line
        self.added = added
        let name = start..<start + nameOctets
        let value = min(name.upperBound + 2, added.count - 2)..<added.count - 2
        let hash = HeaderKey.hash(of: name, in: added.span)
        let field = Field(name: name, value: value, whole: start..<added.count, hash: hash, isAdded: true)
        self.edit { fields, readings in
            let place = atEnd ? fields.count : 0
            fields.insert(field, at: place)
            if !readings.isEmpty { readings.insert(nil, at: place) }
        }
    }

    func remove(at index: Int) {
        self.edit { fields, readings in
            fields.remove(at: index)
            if !readings.isEmpty { readings.remove(at: index) }
        }
    }

    private func edit(_ change: (inout [Field], inout [HeaderFieldReading?]) -> Void) {
        var (fields, readings) = (self.fields, self.readings)
        change(&fields, &readings)
        self.readings = readings
        self.take(fields)
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
