/// Which header fields a test looks at: by name, by number among those that are named, in the message or in its parts.
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
            if let index = self.index {
                if let place = try self.place(index, in: header, run), try body(header, place) { return true }
                continue
            }
            for name in self.names.names.indices
            where try self.first(name: name, in: header, run, where: body) != nil {
                return true
            }
        }
        return false
    }

    /// Of several names all fields are counted, those of the first name first. RFC 5260 §6.
    ///
    /// They are walked past, twice from the last: a list of them would be names times fields long.
    private func place(_ index: FieldIndex, in header: HeaderIndex, _ run: SieveRun) throws(SieveRunError) -> Int? {
        guard index.isFromLast else { return try self.walk(to: index.number, in: header, run).place }
        let count = try self.walk(to: .max, in: header, run).passed
        guard index.number <= count else { return nil }
        return try self.walk(to: count - index.number + 1, in: header, run).place
    }

    /// Goes from field to field up to the one of that number, from 1.
    ///
    /// - Returns: Its place, `nil` when there are not so many, and how many fields were passed.
    private func walk(
        to number: Int,
        in header: HeaderIndex,
        _ run: SieveRun
    ) throws(SieveRunError) -> (place: Int?, passed: Int) {
        var passed = 0
        for name in self.names.names.indices {
            let found = try self.first(name: name, in: header, run) { (_, place) throws(SieveRunError) -> Bool in
                try run.spend(1)
                passed += 1
                return passed == number
            }
            if let found { return (found, passed) }
        }
        return (nil, passed)
    }

    /// - Returns: The place at which `body` returned `true`.
    private func first(
        name: Int,
        in header: HeaderIndex,
        _ run: SieveRun,
        where body: (_ header: HeaderIndex, _ place: Int) throws(SieveRunError) -> Bool
    ) throws(SieveRunError) -> Int? {
        let key = self.names.key(name, run)
        try run.spend(1)
        var next = header.next(key)
        while let place = next {
            if try body(header, place) { return place }
            next = header.next(key, after: place)
        }
        return nil
    }
}
