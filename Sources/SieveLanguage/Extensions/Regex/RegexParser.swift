/// Why a pattern is no regular expression.
struct RegexSyntaxError: Error, Equatable {
    /// In characters of the pattern, from 0.
    var offset: Int
    var message: String
}

/// Reads POSIX extended regular expressions, and `\w \d \s \b` with their opposites.
///
///     extended = branch *("|" branch)
///     branch   = *piece
///     piece    = atom *("*" / "+" / "?" / "{" min ["," [max]] "}")
///     atom     = "(" extended ")" / "[" set "]" / "." / "^" / "$" / "\" char / char
struct RegexParser {
    private let pattern: [UInt32]
    private let limits: SieveLimits
    private let foldsCase: Bool
    private var index = 0
    private var level = 0
    /// Repetitions of a repetition, so that nothing that walks the tree can run out of stack.
    private static let repetitionsMax = 8
    private(set) var groupCount = 0

    init(_ pattern: [UInt8], foldsCase: Bool, limits: SieveLimits) {
        var characters: [UInt32] = []
        var index = 0
        while index < pattern.count {
            let (scalar, length) = UTF8Reader.scalar(in: pattern, at: index)
            characters.append(scalar ?? UTF8Reader.broken(pattern[index]))
            index += length
        }
        self.pattern = characters
        self.foldsCase = foldsCase
        self.limits = limits
    }

    mutating func parse() throws(RegexSyntaxError) -> RegexTree {
        let tree = try self.takeChoice()
        guard self.index == self.pattern.count else { throw self.error("')' without '('") }
        return tree
    }

    private func error(_ message: String) -> RegexSyntaxError {
        RegexSyntaxError(offset: self.index, message: message)
    }

    private var current: UInt32? { self.index < self.pattern.count ? self.pattern[self.index] : nil }

    private func isAt(_ character: Unicode.Scalar) -> Bool { self.current == character.value }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.isAt(character) else { return false }
        self.index += 1
        return true
    }

    // MARK: - Structure

    private mutating func takeChoice() throws(RegexSyntaxError) -> RegexTree {
        var branches = [try self.takeBranch()]
        while self.skip("|") { branches.append(try self.takeBranch()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func takeBranch() throws(RegexSyntaxError) -> RegexTree {
        var pieces: [RegexTree] = []
        while let character = self.current, character != UInt32(UInt8(ascii: "|")) {
            if character == UInt32(UInt8(ascii: ")")) { break }
            var piece = try self.takeAtom()
            var count = 0
            while let repeated = try self.takeRepetition(of: piece) {
                piece = repeated
                count += 1
                guard count <= Self.repetitionsMax else { throw self.error("too many repetitions of one thing") }
            }
            pieces.append(piece)
        }
        return pieces.isEmpty ? .empty : pieces.count == 1 ? pieces[0] : .sequence(pieces)
    }

    private mutating func takeRepetition(of piece: RegexTree) throws(RegexSyntaxError) -> RegexTree? {
        if self.skip("*") { return .repeated(piece, min: 0, max: nil) }
        if self.skip("+") { return .repeated(piece, min: 1, max: nil) }
        if self.skip("?") { return .repeated(piece, min: 0, max: 1) }
        guard self.isAt("{") else { return nil }
        self.index += 1
        guard let min = self.takeNumber() else { throw self.error("expected a number after '{'") }
        var max: Int? = min
        if self.skip(",") { max = self.takeNumber() }
        guard self.skip("}") else { throw self.error("expected '}' after the count") }
        guard min <= self.limits.regexRepeatsMax, max ?? 0 <= self.limits.regexRepeatsMax else {
            throw self.error("a count above \(self.limits.regexRepeatsMax)")
        }
        if let max, max < min { throw self.error("the counts in '{}' are the wrong way round") }
        return .repeated(piece, min: min, max: max)
    }

    private mutating func takeNumber() -> Int? {
        var value: Int?
        while let character = self.current, character >= 0x30, character <= 0x39 {
            value = Swift.min((value ?? 0) * 10 + Int(character - 0x30), 100_000)
            self.index += 1
        }
        return value
    }

    // MARK: - Atoms

    private mutating func takeAtom() throws(RegexSyntaxError) -> RegexTree {
        let character = self.pattern[self.index]
        self.index += 1
        switch Unicode.Scalar(character) {
        case "(":
            return try self.takeGroup()
        case "[":
            return .set(try self.takeSet())
        case ".":
            return .anyCharacter
        case "^":
            return .start
        case "$":
            return .end
        case "\\":
            return try self.takeEscape()
        case "*", "+", "?":
            throw RegexSyntaxError(offset: self.index - 1, message: "nothing stands before the repetition")
        case "{":
            throw RegexSyntaxError(offset: self.index - 1, message: "nothing stands before '{'")
        default:
            return self.literal(character)
        }
    }

    private func literal(_ character: UInt32) -> RegexTree {
        .character(self.foldsCase ? RegexCase.folded(character) : character)
    }

    private mutating func takeGroup() throws(RegexSyntaxError) -> RegexTree {
        guard self.level < self.limits.regexNestingMax else { throw self.error("too many nested parentheses") }
        self.level += 1
        defer { self.level -= 1 }
        // A group that only groups, as other dialects write it.
        let isPlain =
            self.index + 1 < self.pattern.count && self.isAt("?")
            && self.pattern[self.index + 1] == UInt32(UInt8(ascii: ":"))
        var number = 0
        if isPlain {
            self.index += 2
        } else {
            self.groupCount += 1
            number = self.groupCount
        }
        let tree = try self.takeChoice()
        guard self.skip(")") else { throw self.error("'(' without ')'") }
        return isPlain ? tree : .group(tree, number: number)
    }

    private mutating func takeEscape() throws(RegexSyntaxError) -> RegexTree {
        guard let character = self.current else { throw self.error("nothing stands behind the last '\\'") }
        self.index += 1
        switch Unicode.Scalar(character) {
        case "w": return .set(RegexSet(classes: [.word]))
        case "W": return .set(RegexSet(classes: [.word], isNegated: true))
        case "d": return .set(RegexSet(classes: [.digit]))
        case "D": return .set(RegexSet(classes: [.digit], isNegated: true))
        case "s": return .set(RegexSet(classes: [.space]))
        case "S": return .set(RegexSet(classes: [.space], isNegated: true))
        case "b": return .wordEdge(isWanted: true)
        case "B": return .wordEdge(isWanted: false)
        case "<", ">": return .wordEdge(isWanted: true)
        case "1", "2", "3", "4", "5", "6", "7", "8", "9":
            throw self.error("a back reference, which extended regular expressions do not have")
        default: return self.literal(character)
        }
    }

    // MARK: - Sets

    ///     set = ["^"] 1*(char / char "-" char / "[:" class ":]" / "[=" char "=]" / "[." char ".]")
    private mutating func takeSet() throws(RegexSyntaxError) -> RegexSet {
        var set = RegexSet(ignoresCase: self.foldsCase)
        set.isNegated = self.skip("^")
        var isFirst = true
        while true {
            guard let character = self.current else { throw self.error("'[' without ']'") }
            if character == UInt32(UInt8(ascii: "]")), !isFirst {
                self.index += 1
                return set
            }
            isFirst = false
            if try self.takeClass(into: &set) { continue }
            let low = try self.takeSetMember()
            guard self.isAt("-"), self.index + 1 < self.pattern.count,
                self.pattern[self.index + 1] != UInt32(UInt8(ascii: "]"))
            else {
                set.ranges.append(low...low)
                continue
            }
            self.index += 1
            let high = try self.takeSetMember()
            guard low <= high else { throw self.error("a range in '[]' is the wrong way round") }
            set.ranges.append(low...high)
        }
    }

    private mutating func takeSetMember() throws(RegexSyntaxError) -> UInt32 {
        guard let character = self.current else { throw self.error("'[' without ']'") }
        if character == UInt32(UInt8(ascii: "[")), self.index + 1 < self.pattern.count,
            self.pattern[self.index + 1] == UInt32(UInt8(ascii: "."))
                || self.pattern[self.index + 1] == UInt32(UInt8(ascii: "="))
        {
            let mark = self.pattern[self.index + 1]
            guard self.index + 4 < self.pattern.count, self.pattern[self.index + 3] == mark,
                self.pattern[self.index + 4] == UInt32(UInt8(ascii: "]"))
            else { throw self.error("expected a single character in '[. .]' or '[= =]'") }
            let member = self.pattern[self.index + 2]
            self.index += 5
            return member
        }
        self.index += 1
        return character
    }

    /// Takes `[:name:]`.
    private mutating func takeClass(into set: inout RegexSet) throws(RegexSyntaxError) -> Bool {
        guard self.isAt("["), self.index + 1 < self.pattern.count,
            self.pattern[self.index + 1] == UInt32(UInt8(ascii: ":"))
        else { return false }
        var name = ""
        var end = self.index + 2
        while end < self.pattern.count, self.pattern[end] != UInt32(UInt8(ascii: ":")), name.utf8.count < 16 {
            if let scalar = Unicode.Scalar(self.pattern[end]) { name.unicodeScalars.append(scalar) }
            end += 1
        }
        guard end + 1 < self.pattern.count, self.pattern[end + 1] == UInt32(UInt8(ascii: "]")),
            let known = RegexSet.CharacterClass(rawValue: name)
        else { throw self.error("'[:\(name):]' is no class of characters") }
        set.classes.append(known)
        self.index = end + 2
        return true
    }
}
