internal import MailBytes

/// Reads a message once, front to end, and notes where its parts are.
///
///     header ──empty line──► body ──boundary──► header of the next part
///        └──boundary──► (a part without a body)      └──closing boundary──► rest of the multipart around it
struct StructureParser {
    private(set) var parts: [MIMEPart] = []
    private let end: Int
    private var boundaries = BoundaryStack()
    /// The part being read.
    private var current = 0
    /// Line ends before the position that is being read.
    private var lines = 0
    /// What is known of each part while it is read, by part number.
    private var notes: [Note] = []

    private struct Note {
        /// ``StructureParser/lines`` at the body's start.
        var linesBefore = 0
        var lastChild: Int?
        /// A boundary follows the header: there is no body, and the header's last line end is the boundary's.
        var isCutOff = false
    }

    /// What a part's header told of it.
    private struct HeaderFacts {
        var fields = ContentFields()
        var contentType: ContentType?
        var isMIME: Bool
        var lines = 0
        var endsInEmptyLine = false
        /// Where the body starts, or the boundary that cut the header off.
        var next: Int
    }

    init(end: Int) {
        self.end = end
    }

    mutating func run(over bytes: Span<UInt8>) {
        var position: Int? = 0
        while let start = position {
            self.append(at: start)
            position = self.readPart(bytes, at: start)
        }
        while let parent = self.parts[self.current].parent {
            self.finish(at: self.end, lines: self.lines)
            self.current = parent
        }
        self.finish(at: self.end, lines: self.lines)
    }

    // MARK: - Parts

    private mutating func append(at start: Int) {
        var part = MIMEPart(header: start..<start, body: start..<start)
        let number = self.parts.count
        if number > 0 {
            part.parent = self.current
            part.depth = self.parts[self.current].depth + 1
            self.link(number, under: self.current)
        }
        self.parts.append(part)
        self.notes.append(Note())
        self.current = number
    }

    private mutating func link(_ child: Int, under parent: Int) {
        if let last = self.notes[parent].lastChild {
            self.parts[last].nextSibling = child
        } else {
            self.parts[parent].firstChild = child
        }
        self.notes[parent].lastChild = child
    }

    private mutating func finish(at end: Int, lines: Int) {
        let note = self.notes[self.current]
        guard !note.isCutOff else { return }
        let start = self.parts[self.current].body.lowerBound
        self.parts[self.current].body = start..<max(start, end)
        self.parts[self.current].bodyLines = max(0, lines - note.linesBefore)
    }

    /// Reads the header of the part just appended and its body up to where the next part starts.
    ///
    /// - Returns: That place; `nil` at the message's end.
    private mutating func readPart(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        let facts = self.readHeader(bytes, at: start)
        let number = self.current
        self.lines += facts.lines
        self.notes[number].linesBefore = self.lines
        self.classify(number, by: facts)
        if self.parts[number].kind == .multipart, facts.endsInEmptyLine,
            let boundary = self.parts[number].contentType?.parameter("boundary")
        {
            self.boundaries.push(boundary, part: number)
        }
        var headerEnd = facts.next
        if facts.lines > 0, let match = self.boundaries.match(at: facts.next, in: bytes), match.part != number {
            headerEnd -= Self.lengthOfLineEnd(before: facts.next, after: start, in: bytes)
            self.notes[number].isCutOff = true
        }
        var headerStart = start
        if let parent = self.parts[number].parent, self.notes[parent].isCutOff {
            // The boundary that cut off the part around it leaves nothing for this message.
            headerStart = self.parts[parent].body.lowerBound
            headerEnd = headerStart
            self.notes[number].isCutOff = true
        }
        self.parts[number].header = headerStart..<headerEnd
        self.parts[number].body = headerEnd..<headerEnd
        return self.parts[number].kind == .message ? facts.next : self.readBody(bytes, from: facts.next)
    }

    private mutating func classify(_ number: Int, by facts: HeaderFacts) {
        let isInDigest = self.parts[number].parent.map { self.parts[$0].contentType?.isDigest ?? false } ?? false
        if facts.isMIME {
            self.parts[number].fields = facts.fields
            self.parts[number].contentType = facts.contentType
        }
        var kind = MIMEPart.Kind.leaf
        if let type = self.parts[number].contentType {
            kind = type.isMessage ? .message : type.isMultipart && !type.subtype.isEmpty ? .multipart : .leaf
        } else if isInDigest {
            kind = .message
        }
        let isTooMuch =
            self.parts[number].depth + 1 >= MIMELimits.nestingMax || self.parts.count >= MIMELimits.partsMax
        self.parts[number].kind = isTooMuch ? .leaf : kind
    }

    // MARK: - Headers

    private func readHeader(_ bytes: Span<UInt8>, at start: Int) -> HeaderFacts {
        var scanner = HeaderScanner(at: start)
        let isInMultipart = self.parts[self.current].parent.map { self.parts[$0].kind == .multipart } ?? false
        var facts = HeaderFacts(isMIME: isInMultipart, next: start)
        var fieldCount = 0
        while self.boundaries.isEmpty || self.boundaries.match(at: scanner.position, in: bytes) == nil {
            guard let field = scanner.next(in: bytes) else { break }
            fieldCount += 1
            if fieldCount <= MIMELimits.fieldsMax { Self.note(field, in: bytes, into: &facts) }
        }
        facts.next = scanner.position
        facts.endsInEmptyLine = scanner.hasSeenEmptyLine
        facts.lines = bytes.occurrences(of: ASCII.lineFeed, from: start, to: scanner.position)
        return facts
    }

    private static func note(_ field: HeaderField, in bytes: Span<UInt8>, into facts: inout HeaderFacts) {
        guard field.name.count >= 10 else { return }
        switch ASCII.lowercased(bytes[field.name.lowerBound]) {
        case UInt8(ascii: "m"):
            if HeaderName.mimeVersion.matches(field.name, in: bytes) { facts.isMIME = true }
        case UInt8(ascii: "c"):
            if HeaderName.contentType.matches(field.name, in: bytes) {
                facts.isMIME = true
                if facts.contentType == nil { facts.contentType = ContentType.parse(field.value, in: bytes) }
            } else {
                facts.fields.note(field, in: bytes)
            }
        default:
            break
        }
    }

    /// 2 for CRLF, 1 for LF, before `position`.
    private static func lengthOfLineEnd(before position: Int, after start: Int, in bytes: Span<UInt8>) -> Int {
        guard position > start, bytes[position - 1] == ASCII.lineFeed else { return 0 }
        return position - 1 > start && bytes[position - 2] == ASCII.carriageReturn ? 2 : 1
    }

    // MARK: - Bodies

    /// Reads on to the start of the next part, closing the parts that end before it.
    private mutating func readBody(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var lineStart = start
        /// What lies before it is read for good; its line ends belong to no boundary.
        var segmentStart = start
        while !self.boundaries.isEmpty {
            guard let match = self.skipToBoundary(bytes, from: &lineStart) else { return nil }
            let lineEndLength = Self.lengthOfLineEnd(before: lineStart, after: segmentStart, in: bytes)
            let lines = lineEndLength == 0 ? self.lines : self.lines - 1
            while self.current != match.part, let parent = self.parts[self.current].parent {
                self.finish(at: lineStart - lineEndLength, lines: lines)
                self.current = parent
            }
            self.boundaries.close(to: match)
            guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: lineStart, to: self.end) else {
                return nil
            }
            self.lines += 1
            lineStart = lineFeed + 1
            segmentStart = lineStart
            if !match.isClosing {
                if self.parts.count < MIMELimits.partsMax { return lineStart }
                self.boundaries.removeAll()
            }
        }
        self.lines += bytes.occurrences(of: ASCII.lineFeed, from: lineStart, to: self.end)
        return nil
    }

    /// Moves `lineStart` to the next line that is a boundary, counting lines; `nil` when there is none.
    private mutating func skipToBoundary(_ bytes: Span<UInt8>, from lineStart: inout Int) -> BoundaryStack.Match? {
        while lineStart < self.end {
            if let match = self.boundaries.match(at: lineStart, in: bytes) { return match }
            guard let lineFeed = bytes.firstIndex(of: ASCII.lineFeed, from: lineStart, to: self.end) else { break }
            self.lines += 1
            lineStart = lineFeed + 1
        }
        return nil
    }
}

extension ContentFields {
    /// Keeps the field's value when it is a content field and the first of its name that says something.
    fileprivate mutating func note(_ field: HeaderField, in bytes: Span<UInt8>) {
        switch field.name.count {
        case 10:
            if HeaderName.contentID.matches(field.name, in: bytes) { self.id = self.id ?? field.value }
        case 11:
            if HeaderName.contentMD5.matches(field.name, in: bytes) { self.md5 = self.md5 ?? field.value }
        case 16:
            if HeaderName.contentLanguage.matches(field.name, in: bytes) {
                self.language = self.language ?? field.value
            } else if HeaderName.contentLocation.matches(field.name, in: bytes) {
                self.location = self.location ?? field.value
            }
        case 19:
            if HeaderName.contentDescription.matches(field.name, in: bytes) {
                self.description = self.description ?? field.value
            } else if HeaderName.contentDisposition.matches(field.name, in: bytes) {
                if !self.hasParametersInDisposition {
                    let disposition = ContentDisposition.parse(field.value, in: bytes)
                    self.hasParametersInDisposition = !(disposition?.parameters.isEmpty ?? true)
                    self.disposition = field.value
                }
            }
        case 25:
            if HeaderName.contentTransferEncoding.matches(field.name, in: bytes) {
                if self.transferEncoding == nil, FieldLexer.onlyToken(field.value, in: bytes) != nil {
                    self.transferEncoding = field.value
                }
            }
        default:
            break
        }
    }
}
