/// What an external list holds: strings, compared as the script's comparator compares. RFC 6134 §2.2.
package struct SieveList: Hashable, Sendable {
    /// In the order they were given, each once.
    package let members: [String]
    /// By each comparator in which equal strings have one form.
    private let folded: [SieveComparator: Set<[UInt8]>]

    package init(_ members: [String]) {
        var seen: Set<[UInt8]> = []
        self.members = members.filter { seen.insert(Array($0.utf8)).inserted }
        var folded: [SieveComparator: Set<[UInt8]>] = [:]
        for comparator in SieveComparator.allCases where comparator != .asciiNumeric {
            folded[comparator] = Set(self.members.map { comparator.folded(Array($0.utf8)) })
        }
        self.folded = folded
    }

    package func contains(_ value: String, by comparator: SieveComparator) -> Bool {
        let bytes = Array(value.utf8)
        if let set = self.folded[comparator] { return set.contains(comparator.folded(bytes)) }
        return self.members.contains { comparator.isEqual(bytes, toFolded: Array($0.utf8)) }
    }
}
