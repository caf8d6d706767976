/// One test's comparing: values are fed to it one by one until one matches.
struct MatchSession {
    private let rule: MatchRule
    private let keys: [PreparedKey]
    private var count = 0
    /// Whether wildcards and groups become match values.
    var setsMatchValues = true

    init(_ rule: MatchRule, _ keys: SieveKeys, _ run: SieveRun) throws(SieveRunError) {
        self.rule = rule
        if let ready = keys.ready {
            self.keys = ready
            return
        }
        var prepared: [PreparedKey] = []
        for key in keys.keys {
            switch key {
            case .ready(let ready):
                prepared.append(ready)
            case .text(let text):
                if let key = try run.prepare(run.bytes(text), for: rule) { prepared.append(key) }
            }
        }
        self.keys = prepared
    }

    /// Whether the test is decided by the first value that matches, and not by how many there are.
    var isCounting: Bool {
        if case .count = self.rule.kind { true } else { false }
    }

    /// - Returns: Whether the value matches a key, so that no more need be fed.
    mutating func feed(_ value: [UInt8], _ run: SieveRun) throws(SieveRunError) -> Bool {
        self.count += 1
        if self.isCounting || self.keys.isEmpty {
            // Passing a value over takes a step too: there may be as many as a list has names or a message parts.
            try run.spend(1)
            return false
        }
        let cost = 1 + value.count / 64
        for key in self.keys {
            try run.spend(cost)
            if try self.matches(value, key, run) {
                run.trace { "'\(Self.shown(value))' matches '\(Self.shown(key))'" }
                return true
            }
        }
        run.trace { "'\(Self.shown(value))' matches none of \(Self.shown(self.keys))" }
        return false
    }

    /// The verdict when there is only one value.
    mutating func decide(_ value: [UInt8], _ run: SieveRun) throws(SieveRunError) -> Bool {
        if try self.feed(value, run) { return true }
        return try self.finish(run)
    }

    /// The verdict when no value matched.
    mutating func finish(_ run: SieveRun) throws(SieveRunError) -> Bool {
        guard case .count(let relation) = self.rule.kind else { return false }
        let count = Array(String(self.count).utf8)
        run.trace { "\(self.count) values" }
        for case .bytes(let key) in self.keys {
            try run.spend(1)
            if relation.holds(self.rule.comparator.order(count, key)) { return true }
        }
        return false
    }

    private func matches(_ value: [UInt8], _ key: PreparedKey, _ run: SieveRun) throws(SieveRunError) -> Bool {
        switch key {
        case .bytes(let key):
            switch self.rule.kind {
            case .is: return self.rule.comparator.isEqual(value, toFolded: key)
            case .contains: return self.rule.comparator.contains(value, folded: key)
            case .value(let relation): return relation.holds(self.rule.comparator.order(value, key))
            case .list: return try run.isListed(value, in: key, by: self.rule.comparator)
            case .matches, .regex, .count: return false
            }
        case .glob(let pattern):
            var steps = 0
            let budget = run.stepsLeft
            let found = pattern.match(value, steps: &steps, stepsMax: budget)
            try run.spend(steps / 16)
            if steps >= budget { try run.spend(budget) }
            guard let found else { return false }
            if self.setsMatchValues { run.setMatchValues(of: value, [0..<value.count] + found) }
            return true
        case .regex(let program):
            return try self.matches(value, program, run)
        }
    }

    private func matches(_ value: [UInt8], _ program: RegexProgram, _ run: SieveRun) throws(SieveRunError) -> Bool {
        var steps = 0
        let budget = min(run.stepsLeft, run.limits.regexStepsMax)
        let value =
            value.count > run.limits.regexValueOctetsMax ? Array(value.prefix(run.limits.regexValueOctetsMax)) : value
        let found = program.match(value, capturing: run.keepsMatchValues, steps: &steps, stepsMax: budget)
        if steps >= budget {
            throw SieveRunError(.limit, at: run.position, "a regular expression takes too many steps")
        }
        try run.spend(steps)
        guard let found else { return false }
        if self.setsMatchValues { run.setMatchValues(of: value, found) }
        return true
    }

    /// Keys that a trace shows one by one.
    private static let shownKeysMax = 3

    private static func shown(_ keys: [PreparedKey]) -> String {
        guard keys.count <= Self.shownKeysMax else { return "\(keys.count) keys" }
        return keys.map { "'\(Self.shown($0))'" }.joined(separator: ", ")
    }

    private static func shown(_ key: PreparedKey) -> String {
        switch key {
        case .bytes(let bytes): Self.shown(bytes)
        case .glob(let pattern): Self.shown(pattern.source)
        case .regex(let program): program.source
        }
    }

    static func shown(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        return bytes.count > 200 ? text + "…" : text
    }
}
