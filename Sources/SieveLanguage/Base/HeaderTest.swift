/// Compares the values of header fields. RFC 5228 §5.7.
final class HeaderTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let selection: FieldSelection
    private let keys: SieveKeys
    private let aspect: ContentAspect?
    var name: String { "header" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        guard let selection = FieldSelection(call, checker, names: call.strings(0)) else { return nil }
        self.selection = selection
        self.keys = checker.keys(call.strings(1), for: call.match)
        guard ContentAspect.isRight(call, checker) else { return nil }
        self.aspect = ContentAspect(call, checker)
    }

    var outline: TestOutline {
        guard self.aspect == nil, let names = self.selection.outlinedNames,
            let keys = self.keys.outline(for: self.match)
        else { return .unknown }
        return .texts(names: names, keys: keys)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        let isFound = try self.selection.first(run) { (header, place) throws(SieveRunError) -> Bool in
            guard let aspect = self.aspect else {
                return try session.feed(header.text(at: place), run)
            }
            return try aspect.first(of: header.raw(at: place), run) { (value) throws(SieveRunError) -> Bool in
                try session.feed(value, run)
            }
        }
        return isFound ? true : try session.finish(run)
    }
}

/// Whether all named header fields are there. RFC 5228 §5.5.
final class ExistsTest: CheckedTest {
    let position: SievePosition
    private let names: SieveHeaderNames
    private let parts: PartSelection
    var name: String { "exists" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.names = checker.headerNames(call.strings(0))
        self.parts = PartSelection(call)
        guard ContentAspect.isRight(call, checker) else { return nil }
    }

    var outline: TestOutline {
        guard case .message = self.parts, let names = self.names.ready else { return .unknown }
        return .fields(names)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let parts = try self.parts.parts(run)
        for name in self.names.names.indices {
            let key = self.names.key(name, run)
            guard try Self.isThere(key, in: parts, run) else { return false }
        }
        return true
    }

    private static func isThere(
        _ key: HeaderKey,
        in parts: Range<Int>,
        _ run: SieveRun
    ) throws(SieveRunError) -> Bool {
        for part in parts {
            try run.spend(1)
            if run.message.header(of: part).next(key) != nil { return true }
        }
        return false
    }
}

/// Compares the message's size in octets. RFC 5228 §5.9.
final class SizeTest: CheckedTest {
    let position: SievePosition
    private let limit: UInt64
    private let isOver: Bool
    var name: String { "size" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        guard call.has("over") || call.has("under") else {
            checker.error(at: call.position, "the size test requires ':over' or ':under', but none is specified")
            return nil
        }
        self.position = call.position
        self.limit = call.number(0)
        self.isOver = call.has("over")
        if !self.isOver, self.limit == 0 {
            checker.warning(at: call.position, "no message is smaller than 0: this never holds")
        }
    }

    var outline: TestOutline { .size(self.limit, isOver: self.isOver) }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        let size = UInt64(run.message.octets)
        run.trace { "size is \(size)" }
        return self.isOver ? size > self.limit : size < self.limit
    }
}
