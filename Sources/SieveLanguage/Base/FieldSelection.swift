/// Which header fields a test looks at: by name, by number among those of a name, in the message or in its parts.
///
/// RFC 5228 §2.4.2.2; RFC 5260 §6; RFC 5703 §4.
struct FieldSelection: Sendable {
    let names: SieveHeaderNames
    let index: FieldIndex?
    let parts: PartSelection

    init?(_ call: CheckedCall, _ checker: SieveChecker, names: [SyntaxString]) {
        self.names = checker.headerNames(names)
        guard FieldIndex.isRight(call, checker) else { return nil }
        self.index = FieldIndex(call)
        self.parts = PartSelection(call)
    }

    /// Calls `body` with each field, as a header and a place in it, until it returns `true`.
    ///
    /// - Returns: Whether it did.
    func first(
        _ run: SieveRun,
        where body: (_ header: HeaderIndex, _ place: Int) throws(SieveRunError) -> Bool
    ) throws(SieveRunError) -> Bool {
        for part in try self.parts.parts(run) {
            let header = run.message.header(of: part)
            for name in self.names.names.indices where try self.first(name: name, in: header, run, where: body) {
                return true
            }
        }
        return false
    }

    private func first(
        name: Int,
        in header: HeaderIndex,
        _ run: SieveRun,
        where body: (_ header: HeaderIndex, _ place: Int) throws(SieveRunError) -> Bool
    ) throws(SieveRunError) -> Bool {
        let key = self.names.key(name, run)
        try run.spend(1)
        if let index = self.index {
            guard let place = index.pick(from: header.all(key)) else { return false }
            return try body(header, place)
        }
        var next = header.next(key)
        while let place = next {
            if try body(header, place) { return true }
            next = header.next(key, after: place)
        }
        return false
    }
}
