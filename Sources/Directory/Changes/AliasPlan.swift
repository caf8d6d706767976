internal import MailTypes

/// Aliases about to be made, checked one after the other as if those before were there already.
struct AliasPlan {
    private(set) var index: DirectoryIndex
    private let settings: RecipientSettings
    private(set) var changes: [Change] = []

    init(index: DirectoryIndex, settings: RecipientSettings) {
        self.index = index
        self.settings = settings
    }

    mutating func add(_ alias: Alias, replacing: Bool) throws(DirectoryError) {
        let alias = Alias(address: LocalName.fold(alias.address), targets: self.foldTargets(alias.targets))
        try self.checkName(alias.address, replacing: replacing)
        try self.checkTargets(alias)
        let change = Change.putAlias(alias)
        self.index.apply(change)
        self.changes.append(change)
        try self.checkReach(of: alias)
    }

    /// Local parts elsewhere keep their case, which may matter there; each target once.
    private func foldTargets(_ targets: [EmailAddress]) -> [EmailAddress] {
        var seen: Set<EmailAddress> = []
        return targets.map { self.index.domains[$0.domain] == nil ? $0 : LocalName.fold($0) }
            .filter { seen.insert($0).inserted }
    }

    private func checkName(_ address: EmailAddress, replacing: Bool) throws(DirectoryError) {
        guard LocalName.isValid(address.localPart, separators: self.settings.separators) else {
            throw .invalid(name: address)
        }
        guard self.index.domains[address.domain] != nil else { throw .unknown(domain: address.domain) }
        switch self.index.entry(at: address) {
        case nil: return
        case .alias where replacing: return
        case let entry?: throw .taken(address, by: entry)
        }
    }

    private func checkTargets(_ alias: Alias) throws(DirectoryError) {
        guard !alias.targets.isEmpty else {
            throw DirectoryError(
                .invalidName,
                "The alias \(alias.address) leads nowhere",
                advice: "Give it at least one target."
            )
        }
        guard alias.targets.count <= DirectoryLimits.aliasTargetsMax else {
            throw DirectoryError(
                .tooLarge,
                "The alias \(alias.address) has \(alias.targets.count) targets",
                advice: "An alias may have \(DirectoryLimits.aliasTargetsMax); nest aliases, or use a mailing list."
            )
        }
        let lookup = RecipientLookup(index: self.index, settings: self.settings)
        for target in alias.targets {
            guard !target.localPart.isEmpty, LocalName.isValid(target.domain) || target.domain.isAddressLiteral else {
                throw DirectoryError(
                    .invalidName,
                    "“\(target)” is no address",
                    advice: "Give targets such as bob@example.org."
                )
            }
            guard case .nobody = lookup.match(target), target != alias.address else { continue }
            throw DirectoryError(
                .unknown,
                "Nobody here has the address \(target), to which \(alias.address) would lead",
                advice: "Add that account or alias first, or leave the target out."
            )
        }
    }

    /// After the change neither this alias nor one that leads to it may run in a circle, too deep or too wide.
    private func checkReach(of alias: Alias) throws(DirectoryError) {
        if let circle = self.circle(from: alias.address) {
            throw DirectoryError(
                .loop,
                "The alias \(alias.address) would lead back to itself: \(circle)",
                advice: "Leave out the target that closes the circle."
            )
        }
        let ancestors = self.ancestors(of: alias.address)
        guard ancestors.depth + self.depth(below: alias.address) <= DirectoryLimits.aliasDepthMax else {
            throw DirectoryError(
                .tooLarge,
                "The alias \(alias.address) would be part of more than \(DirectoryLimits.aliasDepthMax) in a row",
                advice: "Let aliases name their accounts directly."
            )
        }
        let lookup = RecipientLookup(index: self.index, settings: self.settings)
        for name in [alias.address] + ancestors.names {
            guard case .alias(let targets) = self.index.entry(at: name) else { continue }
            var expansion = AliasExpansion(lookup)
            _ = expansion.expand(name, targets: targets, detail: nil)
            guard expansion.isTooLarge else { continue }
            throw DirectoryError(
                .tooLarge,
                "The alias \(name) would lead to more than \(DirectoryLimits.expandedNamesMax) names",
                advice: "Use a mailing list for so many."
            )
        }
    }

    /// The aliases a target leads to at once.
    private func nextAliases(_ address: EmailAddress) -> [EmailAddress] {
        guard case .alias(let targets) = self.index.entry(at: address) else { return [] }
        let lookup = RecipientLookup(index: self.index, settings: self.settings)
        return targets.compactMap { target in
            if case .alias(let alias, _, _) = lookup.match(target) { alias } else { nil }
        }
    }

    /// The names of a way from `start` back to it, `nil` when there is none.
    private func circle(from start: EmailAddress) -> String? {
        var seen: Set<EmailAddress> = []
        var waiting: [(address: EmailAddress, way: [EmailAddress])] = [(start, [start])]
        while let (address, way) = waiting.popLast() {
            for next in self.nextAliases(address) {
                if next == start { return (way + [start]).map(\.description).joined(separator: " → ") }
                if seen.insert(next).inserted { waiting.append((next, way + [next])) }
            }
        }
        return nil
    }

    /// How many aliases follow one another below this one. There are no circles here.
    private func depth(below start: EmailAddress) -> Int {
        var level: Set<EmailAddress> = [start]
        var depth = 0
        while depth <= DirectoryLimits.aliasDepthMax {
            level = Set(level.flatMap { self.nextAliases($0) })
            if level.isEmpty { return depth }
            depth += 1
        }
        return depth
    }

    /// Every alias that leads to this one, and in how many steps the farthest does, this one counted.
    private func ancestors(of start: EmailAddress) -> (names: [EmailAddress], depth: Int) {
        var level: Set<EmailAddress> = [start]
        var all: Set<EmailAddress> = []
        let lookup = RecipientLookup(index: self.index, settings: self.settings)
        var depth = 1
        while depth <= DirectoryLimits.aliasDepthMax {
            level = Set(level.flatMap { lookup.referrers(of: $0) })
            if level.isEmpty { break }
            all.formUnion(level)
            depth += 1
        }
        return (Array(all), depth)
    }
}
