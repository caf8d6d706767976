internal import MIME
internal import MailBytes

/// A copy of a message's header, in fields found once, from which each signature picks those it covers.
struct HeaderFields: Sendable {
    let octets: [UInt8]
    private(set) var fields: [HeaderField] = []
    /// Of each name in lower case, so that most fields are told apart without looking at their bytes.
    private var nameHashes: [UInt64] = []
    /// Where the fields of each name's hash stand, from the top. Made only for so many fields that going through all of
    /// them for each name that a stranger's signature lists would take long.
    private var places: [UInt64: [Int]] = [:]

    private static let plainCountMax = 200
    /// False when there are so many fields that some were not looked at, other than those of From.
    private(set) var isComplete = true
    /// Whether even From stands there so often that not each was looked at.
    private(set) var hasUnseenAuthors = false

    /// - Parameter message: from its first byte; what follows the header is not looked at.
    init(_ message: Span<UInt8>) {
        var scanner = HeaderScanner()
        self.fields.reserveCapacity(32)
        self.nameHashes.reserveCapacity(32)
        while let field = scanner.next(in: message) {
            if self.fields.count >= SenderAuthLimits.headerFieldsMax {
                self.isComplete = false
                // A reader of the message sees a From wherever it stands.
                guard HeaderName.from.matches(field.name, in: message) else { continue }
                let count = SenderAuthLimits.headerFieldsMax + SenderAuthLimits.lateAuthorFieldsMax
                guard self.fields.count < count else {
                    self.hasUnseenAuthors = true
                    break
                }
            }
            self.fields.append(field)
            self.nameHashes.append(Self.hash(field.name, in: message))
        }
        if self.fields.count > Self.plainCountMax {
            for (index, hash) in self.nameHashes.enumerated() { self.places[hash, default: []].append(index) }
        }
        let header = message.extracting(first: scanner.position)
        self.octets = unsafe header.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Indices of the fields of that name, from the top.
    func indices(of name: String) -> [Int] {
        let hash = Self.hash(of: name)
        return self.nameHashes.indices.filter { self.nameHashes[$0] == hash && self.isNamed(name, $0) }
    }

    /// The lowest field of that name above `end`.
    func lastIndex(of name: String, hash: UInt64, before end: Int) -> Int? {
        guard self.places.isEmpty else { return self.lastPlace(of: name, self.places[hash] ?? [], before: end) }
        let hashes = self.nameHashes.span
        var index = end - 1
        while index >= 0 {
            if hashes[index] == hash, self.isNamed(name, index) { return index }
            index -= 1
        }
        return nil
    }

    private func lastPlace(of name: String, _ places: [Int], before end: Int) -> Int? {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < end { low = middle + 1 } else { high = middle }
        }
        return places[..<low].last { self.isNamed(name, $0) }
    }

    private func isNamed(_ name: String, _ index: Int) -> Bool {
        let range = self.fields[index].name
        guard range.count == name.utf8.count else { return false }
        return zip(range, name.utf8).allSatisfy { ASCII.lowercased(self.octets[$0]) == ASCII.lowercased($1) }
    }

    /// From behind the colon to the end of the field's last line, folds and line ends included.
    func rawValue(_ index: Int) -> Range<Int> {
        let field = self.fields[index]
        guard !field.name.isEmpty else { return field.whole.upperBound..<field.whole.upperBound }
        var colon = field.name.upperBound
        while self.octets[colon] != UInt8(ascii: ":") { colon += 1 }
        return colon + 1..<field.whole.upperBound
    }

    /// FNV-1a.
    private static func hash(_ name: Range<Int>, in bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in name { hash = (hash ^ UInt64(ASCII.lowercased(bytes[index]))) &* 0x100_0000_01B3 }
        return hash
    }

    static func hash(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64(ASCII.lowercased($1))) &* 0x100_0000_01B3 }
    }
}

/// Writes header fields as they are signed. RFC 6376 §3.4.1, §3.4.2, §3.5 (h=), §3.7, §5.4.2.
struct SignedHeaderWriter {
    let form: Canonicalization
    private(set) var octets: [UInt8] = []

    init(_ form: Canonicalization) {
        self.form = form
        self.octets.reserveCapacity(2_048)
    }

    /// The named fields, the lowest of a name first and each field once; names without a field left stand for nothing.
    ///
    /// - Parameter excluded: the signature's own field, which never signs itself that way.
    /// - Returns: false when they come to more octets than is allowed.
    mutating func write(_ names: [String], of fields: HeaderFields, excluding excluded: Int?) -> Bool {
        // How far up each name has been used.
        var used: [(hash: UInt64, end: Int)] = []
        used.reserveCapacity(names.count)
        for name in names {
            let hash = HeaderFields.hash(of: name)
            let position = used.firstIndex { $0.hash == hash }
            var end = position.map { used[$0].end } ?? fields.fields.count
            var found = fields.lastIndex(of: name, hash: hash, before: end)
            if let index = found, index == excluded { found = fields.lastIndex(of: name, hash: hash, before: index) }
            end = found ?? 0
            if let position { used[position].end = end } else { used.append((hash, end)) }
            guard let index = found else { continue }
            self.write(index, of: fields)
            guard self.octets.count <= SenderAuthLimits.signedHeaderOctetsMax else { return false }
        }
        return true
    }

    /// One field with its line end.
    mutating func write(_ index: Int, of fields: HeaderFields) {
        let field = fields.fields[index]
        let value = fields.rawValue(index)
        switch self.form {
        case .simple:
            self.writeVerbatim(fields.octets.span, field.whole)
        case .relaxed:
            self.writeRelaxedName(fields.octets.span, field.name)
            self.writeRelaxedValue(fields.octets.span, value)
        }
        self.writeLineEnd()
    }

    /// The signature's own field: its b= value is left out, and there is no line end.
    mutating func writeSignature(_ index: Int, of fields: HeaderFields, without signature: Range<Int>) {
        let field = fields.fields[index]
        let value = fields.rawValue(index)
        switch self.form {
        case .simple:
            self.writeVerbatim(fields.octets.span, field.whole.lowerBound..<signature.lowerBound)
            self.writeVerbatim(fields.octets.span, signature.upperBound..<field.whole.upperBound)
        case .relaxed:
            self.writeRelaxedName(fields.octets.span, field.name)
            let start = self.octets.count
            self.writeRelaxedRun(fields.octets.span, value.lowerBound..<signature.lowerBound, valueStart: start)
            self.writeRelaxedRun(fields.octets.span, signature.upperBound..<value.upperBound, valueStart: start)
            self.trimBlank(valueStart: start)
        }
    }

    private mutating func writeLineEnd() {
        self.octets.append(ASCII.carriageReturn)
        self.octets.append(ASCII.lineFeed)
    }

    /// Each line's end becomes CRLF; the last one is left out.
    private mutating func writeVerbatim(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var position = range.lowerBound
        while let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position, to: range.upperBound) {
            let hasCarriageReturn = lineFeed > position && bytes[lineFeed - 1] == ASCII.carriageReturn
            self.append(bytes, position..<(hasCarriageReturn ? lineFeed - 1 : lineFeed))
            position = lineFeed + 1
            if position < range.upperBound { self.writeLineEnd() }
        }
        self.append(bytes, position..<range.upperBound)
    }

    private mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let piece = bytes.extracting(range)
        unsafe piece.withUnsafeBufferPointer { unsafe self.octets.append(contentsOf: $0) }
    }

    private mutating func writeRelaxedName(_ bytes: Span<UInt8>, _ name: Range<Int>) {
        for index in name { self.octets.append(ASCII.lowercased(bytes[index])) }
        self.octets.append(UInt8(ascii: ":"))
    }

    private mutating func writeRelaxedValue(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        let start = self.octets.count
        self.writeRelaxedRun(bytes, value, valueStart: start)
        self.trimBlank(valueStart: start)
    }

    /// Line ends vanish, runs of blanks become one space, blanks at the value's start go.
    private mutating func writeRelaxedRun(_ bytes: Span<UInt8>, _ range: Range<Int>, valueStart: Int) {
        var position = range.lowerBound
        while position < range.upperBound {
            let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: position, to: range.upperBound)
            var end = lineFeed ?? range.upperBound
            // A range may end between the two octets of a line end.
            if end > position, end < bytes.count, bytes[end] == ASCII.lineFeed, bytes[end - 1] == ASCII.carriageReturn {
                end -= 1
            }
            self.writeRelaxedLine(bytes, position..<end, valueStart: valueStart)
            position = lineFeed.map { $0 + 1 } ?? range.upperBound
        }
    }

    /// Stretches without a blank that is left out are copied as they lie there.
    private mutating func writeRelaxedLine(_ bytes: Span<UInt8>, _ line: Range<Int>, valueStart: Int) {
        var position = line.lowerBound
        while position < line.upperBound {
            if ASCII.isBlank(bytes[position]) {
                if self.octets.count > valueStart, self.octets.last != ASCII.space { self.octets.append(ASCII.space) }
                while position < line.upperBound, ASCII.isBlank(bytes[position]) { position += 1 }
            }
            let blank = bytes.firstReducibleBlank(in: position..<line.upperBound)
            self.append(bytes, position..<blank)
            position = blank
        }
    }

    private mutating func trimBlank(valueStart: Int) {
        if self.octets.count > valueStart, self.octets.last == ASCII.space { self.octets.removeLast() }
    }
}
