/// Sorting a call's arguments: tags with what follows them, then the others by their places.
extension SieveChecker {
    func checkArguments(of node: SyntaxNode, _ rule: CallRule, into call: inout CheckedCall) -> Bool {
        var positional: [SyntaxArgument] = []
        var groups: [String: String] = [:]
        var index = 0
        while index < node.arguments.count {
            let argument = node.arguments[index]
            index += 1
            guard case .tag(let name) = argument.value else {
                positional.append(argument)
                continue
            }
            guard let tag = self.tag(name, of: rule, at: argument.position) else { return false }
            guard positional.isEmpty else {
                let message = "unexpected tagged argument ':\(name)' for \(rule.title):"
                self.error(at: argument.position, "\(message) tags stand before the other arguments")
                return false
            }
            guard self.checkGroup(of: tag, &groups, rule, at: argument.position) else { return false }
            guard let kind = tag.value else {
                call.tags[name] = .some(nil)
                continue
            }
            let following = index < node.arguments.count ? node.arguments[index] : nil
            guard let following, CallParameter(name: name, kind: kind).accepts(following) else {
                let found = following?.kindName ?? "nothing"
                let message = "\(rule.title) expects \(kind.title) behind ':\(name)', but \(found) was found"
                self.error(at: following?.position ?? argument.position, message)
                return false
            }
            call.tags[name] = .some(following)
            index += 1
        }
        guard self.checkPositional(positional, of: node, rule, into: &call) else { return false }
        if rule.takesMatch, !self.checkMatch(of: &call) { return false }
        if rule.takesAddressPart { self.checkAddressPart(of: &call) }
        return true
    }

    /// The tag's rule, where the call has such a tag and the script may use it.
    private func tag(_ name: String, of rule: CallRule, at position: SievePosition) -> TagRule? {
        let vocabulary = SieveVocabulary.shared
        if let tag = vocabulary.tag(name, of: rule, where: { $0.capability.map(self.has) ?? true }) { return tag }
        if let capability = vocabulary.tag(name, of: rule)?.capability, self.offered(capability.rawValue) != nil {
            let message = "unknown tagged argument ':\(name)' for \(rule.title) as long as it is not required:"
            self.error(at: position, "\(message) expected 'require \"\(capability.rawValue)\";' at the beginning")
            return nil
        }
        let known = vocabulary.tags(of: rule).filter { $0.capability.map(self.has) ?? true }.map { ":\($0.name)" }
        let expected = known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"
        self.error(at: position, "unknown tagged argument ':\(name)' for \(rule.title) here: \(expected)")
        return nil
    }

    private func checkGroup(
        of tag: TagRule,
        _ groups: inout [String: String],
        _ rule: CallRule,
        at position: SievePosition
    ) -> Bool {
        let group = tag.group ?? tag.name
        guard let other = groups[group] else {
            groups[group] = tag.name
            return true
        }
        let message =
            other == tag.name
            ? "the tag ':\(tag.name)' stands twice" : "the tags ':\(other)' and ':\(tag.name)' exclude each other"
        self.error(at: position, "\(message) in \(rule.title): expected one of them")
        return false
    }

    private func checkPositional(
        _ found: [SyntaxArgument],
        of node: SyntaxNode,
        _ rule: CallRule,
        into call: inout CheckedCall
    ) -> Bool {
        let (most, least) = (
            rule.parameters.count, rule.parameters.count - rule.optionalCount - rule.trailingOptionalCount
        )
        guard found.count >= least else {
            let noun = least == 1 ? "positional argument" : "positional arguments"
            let message = "\(rule.title) requires \(least) \(noun), but \(found.count) "
            self.error(at: node.position, message + (found.count == 1 ? "is specified" : "are specified"))
            return false
        }
        guard found.count <= most else {
            let extra = found[most]
            let message = "unexpected argument for \(rule.title): it takes \(most), but \(extra.kindName) follows"
            self.error(at: extra.position, message)
            return false
        }
        let missing = [SyntaxArgument?](repeating: nil, count: most - found.count)
        let skipped = rule.trailingOptionalCount > 0 ? 0 : missing.count
        call.arguments = skipped > 0 ? missing + found : found + missing
        for (place, argument) in found.enumerated() {
            let parameter = rule.parameters[skipped + place]
            guard parameter.accepts(argument) else {
                let message = "\(rule.title) expects \(parameter.kind.title) as argument \(place + 1)"
                self.error(at: argument.position, "\(message) (\(parameter.name)), but \(argument.kindName) was found")
                return false
            }
        }
        return true
    }

    // MARK: - Match types

    static let matchTags: [TagRule] = [
        TagRule("is", group: "match type"),
        TagRule("contains", group: "match type"),
        TagRule("matches", group: "match type"),
        TagRule("regex", .regex, group: "match type"),
        TagRule("count", .relational, value: .string, group: "match type"),
        TagRule("value", .relational, value: .string, group: "match type"),
        TagRule("list", .extlists, group: "match type"),
        TagRule("comparator", value: .string),
    ]

    static let addressPartTags: [TagRule] = [
        TagRule("all", group: "address part"),
        TagRule("localpart", group: "address part"),
        TagRule("domain", group: "address part"),
        TagRule("user", .subaddress, group: "address part"),
        TagRule("detail", .subaddress, group: "address part"),
    ]

    private func checkMatch(of call: inout CheckedCall) -> Bool {
        if let name = call.string(tag: "comparator") {
            guard let comparator = self.comparator(named: name) else { return false }
            call.match.comparator = comparator
        }
        if call.has("contains") { call.match.kind = .contains }
        if call.has("matches") { call.match.kind = .matches }
        if call.has("regex") { call.match.kind = .regex }
        if call.has("list") { call.match.kind = .list }
        for (tag, kind) in [("count", MatchRule.Kind.count), ("value", MatchRule.Kind.value)] {
            guard let text = call.string(tag: tag) else { continue }
            guard let relation = Relation(rawValue: text.text.lowercased()) else {
                let all = Relation.allCases.map(\.rawValue).joined(separator: ", ")
                self.error(at: text.position, "'\(text.text)' is no relation: expected one of \(all)")
                return false
            }
            call.match.kind = kind(relation)
        }
        guard call.match.comparator.hasSubstrings || ![.contains, .matches, .regex].contains(call.match.kind) else {
            let comparator = call.match.comparator.rawValue
            let message =
                "the comparator '\(comparator)' cannot look for parts of strings: expected :is, :value or :count"
            self.error(at: call.position, message)
            return false
        }
        return true
    }

    private func comparator(named name: SyntaxString) -> SieveComparator? {
        guard let text = self.constant(name, "a comparator") else { return nil }
        guard let comparator = SieveComparator(rawValue: text) else {
            let all = SieveComparator.allCases.map(\.rawValue).joined(separator: ", ")
            self.error(at: name.position, "unknown comparator '\(text)': expected one of \(all)")
            return nil
        }
        guard !comparator.needsRequire || self.has(comparator.capability) else {
            let needed = "needs 'require \"\(comparator.capability.rawValue)\";' at the beginning"
            guard comparator.isUnderstoodUnrequired else {
                self.error(at: name.position, "the comparator '\(text)' \(needed)")
                return nil
            }
            self.warning(at: name.position, "the comparator '\(text)' \(needed)")
            return comparator
        }
        return comparator
    }

    private func checkAddressPart(of call: inout CheckedCall) {
        for part in [AddressPart.localPart, .domain, .user, .detail] where call.has(part.rawValue) {
            call.addressPart = part
        }
    }
}
