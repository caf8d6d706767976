/// A regular expression translated to instructions of a machine that looks at each character once.
package struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case character(UInt32)
        case anyCharacter
        case set(RegexSet)
        /// Goes on at both places; the first is preferred.
        case fork(Int, Int)
        case jump(Int)
        /// Notes the position in a slot; group n has slots 2n and 2n + 1.
        case note(Int)
        case start
        case end
        case wordEdge(isWanted: Bool)
        case accept
    }

    private(set) var instructions: [Instruction] = []
    /// Groups that a match tells of: those beyond ``SieveLimits/matchValuesMax`` are nobody's match value, and every
    /// thread of a match would carry their notes.
    let groupCount: Int
    let foldsCase: Bool
    /// The pattern as it was written.
    let source: String
    private let statesMax: Int
    private var translations = 0

    /// Translates a pattern.
    ///
    /// - Throws: When it is no regular expression, or one too large.
    init(_ pattern: [UInt8], comparator: SieveComparator, limits: SieveLimits) throws(RegexSyntaxError) {
        guard pattern.count <= limits.regexOctetsMax else {
            throw RegexSyntaxError(offset: 0, message: "the pattern has more than \(limits.regexOctetsMax) octets")
        }
        let foldsCase = comparator == .asciiCasemap || comparator == .unicodeCasemap
        var parser = RegexParser(pattern, foldsCase: foldsCase, limits: limits)
        let tree = try parser.parse()
        self.groupCount = min(parser.groupCount, limits.matchValuesMax)
        self.foldsCase = foldsCase
        self.source = String(decoding: pattern, as: UTF8.self)
        self.statesMax = limits.regexStatesMax
        try self.append(.note(0))
        try self.translate(tree)
        try self.append(.note(1))
        try self.append(.accept)
    }

    private var tooLarge: RegexSyntaxError {
        RegexSyntaxError(offset: 0, message: "the pattern needs more than \(self.statesMax) states")
    }

    private mutating func append(_ instruction: Instruction) throws(RegexSyntaxError) {
        guard self.instructions.count < self.statesMax else { throw self.tooLarge }
        self.instructions.append(instruction)
    }

    private mutating func translate(_ tree: RegexTree) throws(RegexSyntaxError) {
        // Repeating nothing makes no state, and has to be counted all the same.
        self.translations += 1
        guard self.translations <= 2 * self.statesMax else { throw self.tooLarge }
        switch tree {
        case .empty: break
        case .character(let character): try self.append(.character(character))
        case .anyCharacter: try self.append(.anyCharacter)
        case .set(let set): try self.append(.set(set))
        case .start: try self.append(.start)
        case .end: try self.append(.end)
        case .wordEdge(let isWanted): try self.append(.wordEdge(isWanted: isWanted))
        case .sequence(let parts):
            for part in parts { try self.translate(part) }
        case .group(let inner, let number):
            try self.append(.note(2 * number))
            try self.translate(inner)
            try self.append(.note(2 * number + 1))
        case .choice(let branches): try self.translate(choice: branches)
        case .repeated(let inner, let min, let max): try self.translate(inner, min: min, max: max)
        }
    }

    private mutating func translate(choice branches: [RegexTree]) throws(RegexSyntaxError) {
        var ends: [Int] = []
        for (number, branch) in branches.enumerated() {
            guard number < branches.count - 1 else {
                try self.translate(branch)
                break
            }
            let fork = self.instructions.count
            try self.append(.fork(fork + 1, 0))
            try self.translate(branch)
            ends.append(self.instructions.count)
            try self.append(.jump(0))
            self.instructions[fork] = .fork(fork + 1, self.instructions.count)
        }
        for end in ends { self.instructions[end] = .jump(self.instructions.count) }
    }

    private mutating func translate(_ inner: RegexTree, min: Int, max: Int?) throws(RegexSyntaxError) {
        for _ in 0..<min { try self.translate(inner) }
        guard let max else {
            let fork = self.instructions.count
            try self.append(.fork(fork + 1, 0))
            try self.translate(inner)
            try self.append(.jump(fork))
            self.instructions[fork] = .fork(fork + 1, self.instructions.count)
            return
        }
        var forks: [Int] = []
        for _ in min..<max {
            forks.append(self.instructions.count)
            try self.append(.fork(self.instructions.count + 1, 0))
            try self.translate(inner)
        }
        for fork in forks { self.instructions[fork] = .fork(fork + 1, self.instructions.count) }
    }
}
