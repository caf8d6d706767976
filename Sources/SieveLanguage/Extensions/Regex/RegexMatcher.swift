/// Runs a translated pattern over a text: all ways to match at once, a character at a time, so that the work is
/// bounded by states times characters whatever the pattern.
///
/// The leftmost match wins, among those the longest, as POSIX wants it; groups hold what the preferred way found.
struct RegexMatcher {
    private let program: RegexProgram
    private let text: [UInt32]
    /// The octet each character starts at, and one more for the end.
    private let offsets: [Int]
    private let capturing: Bool
    private let slotCount: Int
    private let stepsMax: Int
    private(set) var steps: Int

    /// The threads at the position being looked at and those at the next one, in turns.
    private var lists: [ThreadList]
    private var currentList = 0
    private var best: [Int32]?
    /// The notes of the thread being followed.
    private var notes: [Int32]
    private var pending: [Pending] = []

    /// Work still to do while a thread is followed.
    private enum Pending {
        case follow(Int)
        case restore(slot: Int, Int32)
    }

    /// The places reached at one position, in order of preference, each with its notes.
    private struct ThreadList {
        var places: [Int32] = []
        var notes: [Int32] = []
        /// For each place the position it was reached at last.
        var marks: [Int32]
    }

    init(_ program: RegexProgram, _ value: [UInt8], capturing: Bool, stepsMax: Int) {
        self.program = program
        self.capturing = capturing
        self.slotCount = capturing ? 2 * (program.groupCount + 1) : 2
        self.stepsMax = stepsMax
        // The marks, which are made anew for each match.
        self.steps = program.instructions.count / 64
        var text: [UInt32] = []
        var offsets: [Int] = []
        text.reserveCapacity(value.count)
        offsets.reserveCapacity(value.count + 1)
        var index = 0
        while index < value.count {
            let (scalar, length) = UTF8Reader.scalar(in: value, at: index)
            let character = scalar ?? UTF8Reader.broken(value[index])
            text.append(program.foldsCase ? RegexCase.folded(character) : character)
            offsets.append(index)
            index += length
        }
        offsets.append(value.count)
        self.text = text
        self.offsets = offsets
        self.notes = [Int32](repeating: -1, count: self.slotCount)
        let marks = [Int32](repeating: -1, count: program.instructions.count)
        self.lists = [ThreadList(marks: marks), ThreadList(marks: marks)]
    }

    /// - Returns: The match and its groups as octet ranges, empty ones where a group took no part; `nil` for none, or
    ///   when the steps ran out.
    mutating func run() -> [Range<Int>]? {
        for position in 0...self.text.count {
            if self.best == nil {
                for slot in self.notes.indices { self.notes[slot] = -1 }
                self.follow(from: 0, at: position, in: self.currentList)
            }
            if self.best != nil, !self.capturing { break }
            if self.best != nil, self.lists[self.currentList].places.isEmpty { break }
            guard self.steps < self.stepsMax else { return nil }
            if position < self.text.count { self.advance(at: position) }
        }
        guard self.steps < self.stepsMax, let best = self.best else { return nil }
        return stride(from: 0, to: best.count, by: 2).map { slot in
            guard best[slot] >= 0, best[slot + 1] >= best[slot] else { return 0..<0 }
            return self.offsets[Int(best[slot])]..<self.offsets[Int(best[slot + 1])]
        }
    }

    /// Moves every thread over the character at `position`.
    private mutating func advance(at position: Int) {
        let (from, to) = (self.currentList, 1 - self.currentList)
        let character = self.text[position]
        for index in self.lists[from].places.indices {
            self.steps += 1
            let place = Int(self.lists[from].places[index])
            let first = index * self.slotCount
            if let best = self.best, self.lists[from].notes[first] > best[0] { continue }
            let isMatch: Bool
            switch self.program.instructions[place] {
            case .character(let wanted): isMatch = wanted == character
            case .anyCharacter: isMatch = true
            case .set(let set): isMatch = set.contains(character)
            default: isMatch = false
            }
            guard isMatch else { continue }
            for slot in 0..<self.slotCount { self.notes[slot] = self.lists[from].notes[first + slot] }
            self.follow(from: place + 1, at: position + 1, in: to)
        }
        self.lists[from].places.removeAll(keepingCapacity: true)
        self.lists[from].notes.removeAll(keepingCapacity: true)
        self.currentList = to
    }

    /// Adds every place that can be reached without a character.
    private mutating func follow(from place: Int, at position: Int, in list: Int) {
        self.pending.append(.follow(place))
        while let work = self.pending.popLast() {
            switch work {
            case .restore(let slot, let value):
                self.notes[slot] = value
            case .follow(let place):
                guard self.lists[list].marks[place] != Int32(position) else { continue }
                self.lists[list].marks[place] = Int32(position)
                self.steps += 1
                self.visit(place, at: position, in: list)
            }
        }
    }

    private mutating func visit(_ place: Int, at position: Int, in list: Int) {
        switch self.program.instructions[place] {
        case .jump(let target):
            self.pending.append(.follow(target))
        case .fork(let first, let second):
            self.pending.append(.follow(second))
            self.pending.append(.follow(first))
        case .note(let slot):
            if slot < self.slotCount {
                self.pending.append(.restore(slot: slot, self.notes[slot]))
                self.notes[slot] = Int32(position)
            }
            self.pending.append(.follow(place + 1))
        case .start:
            if position == 0 { self.pending.append(.follow(place + 1)) }
        case .end:
            if position == self.text.count { self.pending.append(.follow(place + 1)) }
        case .wordEdge(let isWanted):
            if self.isWordEdge(position) == isWanted { self.pending.append(.follow(place + 1)) }
        case .accept:
            self.note(matchAt: position)
        case .character, .anyCharacter, .set:
            self.lists[list].places.append(Int32(place))
            self.lists[list].notes.append(contentsOf: self.notes)
        }
    }

    private mutating func note(matchAt position: Int) {
        if let best = self.best {
            guard self.notes[0] < best[0] || self.notes[0] == best[0] && Int32(position) > best[1] else { return }
        }
        self.best = self.notes
    }

    private func isWordEdge(_ position: Int) -> Bool {
        let before = position > 0 && RegexSet.CharacterClass.word.contains(self.text[position - 1])
        let after = position < self.text.count && RegexSet.CharacterClass.word.contains(self.text[position])
        return before != after
    }
}

extension RegexProgram {
    /// Looks for the pattern anywhere in a value.
    ///
    /// - Parameters:
    ///   - capturing: whether the groups are wanted; without, only whether there is a match is right.
    ///   - steps: what it cost; `stepsMax` when it gave up.
    func match(_ value: [UInt8], capturing: Bool, steps: inout Int, stepsMax: Int) -> [Range<Int>]? {
        guard value.count < Int(Int32.max) else { return nil }
        var matcher = RegexMatcher(self, value, capturing: capturing, stepsMax: stepsMax)
        let found = matcher.run()
        steps = min(matcher.steps, stepsMax)
        return found
    }
}
