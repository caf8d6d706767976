/// Tells which conditions of a block surely do not hold, by the outlines of their tests.
///
/// They lie packed, in the order in which they are looked at, and refer to nothing else. Programs of thousands of users
/// are not in the processor's cache when their mail comes: waiting for the memory in which a test and each of its keys
/// have a place of their own takes longer than comparing them.
struct BlockScreen: Sendable {
    private enum Kind: UInt8 {
        case no, yes, unknown, texts, addresses, fields, over, under, not, any, all
    }

    /// A test; behind it follow those that it is put together from.
    private struct Node {
        var kind: Kind
        /// The first node that is no part of it.
        var end: Int32 = 0
        /// Where in ``names`` and ``keys`` its own are.
        var names: Range<Int32> = 0..<0
        var keys: Range<Int32> = 0..<0
        var octets: UInt64 = 0
    }

    private enum Verdict { case holds, fails, open }

    /// For each command of the block its condition's node; -1 for a command that is always carried out.
    private var roots: [Int32] = []
    private var nodes: [Node] = []
    /// Names by their hashes (``HeaderKey``): a field that has the hash only makes the verdict open.
    private var names: [UInt32] = []
    private var keys: [OctetPairs] = []

    /// `nil` when nothing can be told of any command.
    init?(_ commands: [any CheckedCommand]) {
        for command in commands {
            let (nodes, names, keys) = (self.nodes.count, self.names.count, self.keys.count)
            guard let outline = (command as? IfCommand)?.outline, self.add(outline) else {
                self.nodes.removeSubrange(nodes...)
                self.names.removeSubrange(names...)
                self.keys.removeSubrange(keys...)
                self.roots.append(-1)
                continue
            }
            self.roots.append(Int32(nodes))
        }
        if self.nodes.isEmpty { return nil }
    }

    /// - Returns: Whether it may be told at a glance that it does not hold.
    private mutating func add(_ outline: TestOutline) -> Bool {
        let place = self.nodes.count
        self.nodes.append(Node(kind: .unknown))
        var node = Node(kind: .unknown)
        var tells = true
        switch outline {
        case .unknown:
            tells = false
        case .constant(let value):
            node.kind = value ? .yes : .no
        case .texts(let names, let keys):
            (node.kind, node.names, node.keys) = (.texts, self.add(names), self.add(keys))
        case .addresses(let names, let keys):
            (node.kind, node.names, node.keys) = (.addresses, self.add(names), self.add(keys))
        case .fields(let names):
            (node.kind, node.names) = (.fields, self.add(names))
        case .size(let octets, let isOver):
            (node.kind, node.octets) = (isOver ? .over : .under, octets)
        case .not(let test):
            node.kind = .not
            tells = self.add(test)
        case .any(let tests):
            node.kind = .any
            for test in tests where !self.add(test) { tells = false }
        case .all(let tests):
            node.kind = .all
            // One that nothing is known of ends the look: what stands before it may tell.
            if let first = tests.first { tells = self.add(first) }
            for test in tests.dropFirst() { _ = self.add(test) }
        }
        node.end = Int32(self.nodes.count)
        self.nodes[place] = node
        return tells
    }

    private mutating func add(_ names: [HeaderKey]) -> Range<Int32> {
        let start = Int32(self.names.count)
        self.names += names.map(\.hash)
        return start..<Int32(self.names.count)
    }

    private mutating func add(_ keys: [OctetPairs]) -> Range<Int32> {
        let start = Int32(self.keys.count)
        self.keys += keys
        return start..<Int32(self.keys.count)
    }

    // MARK: - Looking

    /// Names and keys that are looked at in the time that a step of a run takes.
    static let workPerStep = 16

    /// A look at a message.
    struct Look: ~Copyable {
        let message: MessageView
        /// Names and keys that may be looked at.
        let workMax: Int
        /// Those that were, and what else is to be paid for.
        var work = 0

        init(at message: MessageView, workMax: Int) {
            self.message = message
            self.workMax = workMax
        }
    }

    /// Whether the command has surely nothing to do.
    func passesOver(_ command: Int, _ look: inout Look) -> Bool {
        let root = self.roots[command]
        guard root >= 0 else { return false }
        return self.verdict(Int(root), &look) == .fails
    }

    private func verdict(_ place: Int, _ look: inout Look) -> Verdict {
        let node = self.nodes[place]
        switch node.kind {
        case .no: return .fails
        case .yes: return .holds
        case .unknown: return .open
        case .over: return UInt64(look.message.octets) > node.octets ? .holds : .fails
        case .under: return UInt64(look.message.octets) < node.octets ? .holds : .fails
        case .texts, .addresses: return self.values(node, &look)
        case .fields: return self.fields(node, &look)
        case .not:
            switch self.verdict(place + 1, &look) {
            case .holds: return .fails
            case .fails: return .holds
            case .open: return .open
            }
        case .any, .all:
            // In their order, up to the first that is open: evaluating that one may do more than answer.
            let deciding = node.kind == .any ? Verdict.holds : .fails
            var next = place + 1
            while next < Int(node.end) {
                let verdict = self.verdict(next, &look)
                if verdict == deciding || verdict == .open { return verdict }
                next = Int(self.nodes[next].end)
            }
            return node.kind == .any ? .fails : .holds
        }
    }

    private func values(_ node: Node, _ look: inout Look) -> Verdict {
        let header = look.message.header
        for name in node.names {
            look.work += 1
            let hash = self.names[Int(name)]
            var place = header.place(ofHash: hash)
            while let found = place {
                look.work += node.keys.count
                guard look.work <= look.workMax else { return .open }
                let pairs = node.kind == .texts ? header.pairs(at: found) : header.addressPairs(at: found)
                for key in node.keys where self.keys[Int(key)].isSubset(of: pairs) { return .open }
                place = header.place(ofHash: hash, after: found)
            }
        }
        return .fails
    }

    private func fields(_ node: Node, _ look: inout Look) -> Verdict {
        let header = look.message.header
        for name in node.names {
            look.work += 1
            if header.place(ofHash: self.names[Int(name)]) == nil { return .fails }
        }
        return .open
    }
}
