internal import MailBytes

/// Writes a header field of several words in lines of at most 78 characters, always in the same way.
struct FoldedField {
    private(set) var octets: [UInt8]
    private var column: Int
    /// Where the blank before the word stands that is being put together.
    private var wordStart = 0

    private static let columnsMax = 78

    init(_ name: String) {
        self.octets = []
        self.octets.reserveCapacity(512)
        self.octets += name.utf8
        self.octets.append(UInt8(ascii: ":"))
        self.column = self.octets.count
    }

    /// A word that is not broken; it goes on a new line when this one has no room.
    mutating func add(_ word: String) {
        self.beginWord()
        self.put(word)
        self.endWord()
    }

    /// What is put from here to ``endWord()`` is one word.
    mutating func beginWord() {
        self.wordStart = self.octets.count
        self.octets.append(ASCII.space)
    }

    mutating func put(_ text: String) { self.octets += text.utf8 }

    mutating func endWord() {
        let wordOctets = self.octets.count - self.wordStart
        if self.column + wordOctets > Self.columnsMax {
            self.octets.replaceSubrange(self.wordStart...self.wordStart, with: Self.fold)
            self.column = wordOctets
        } else {
            self.column += wordOctets
        }
    }

    /// Words with a separator between them; lines are broken behind separators.
    mutating func addList(_ start: String, _ words: [String], separator: String, end: String) {
        self.add(start + (words.first ?? "") + (words.count > 1 ? separator : end))
        for (position, word) in words.enumerated().dropFirst() {
            let piece = Array((word + (position + 1 < words.count ? separator : end)).utf8)
            if self.column + piece.count > Self.columnsMax { self.fold() }
            self.append(piece)
        }
    }

    /// Base64 directly behind the last word, broken wherever a line is full.
    mutating func addBlob(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            if self.column >= Self.columnsMax { self.fold() }
            let room = Self.columnsMax - self.column
            self.append(rest.prefix(room))
            rest = rest.dropFirst(room)
        }
    }

    consuming func finish() -> [UInt8] {
        self.octets.append(ASCII.carriageReturn)
        self.octets.append(ASCII.lineFeed)
        return self.octets
    }

    private static let fold: [UInt8] = [ASCII.carriageReturn, ASCII.lineFeed, ASCII.tab]

    private mutating func fold() {
        self.octets += Self.fold
        // A tab counts as the one character it is; readers that show eight still stay below a hundred columns.
        self.column = 1
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        self.octets.append(contentsOf: bytes)
        self.column += bytes.count
    }
}
