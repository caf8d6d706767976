/// `require`: what the script wants to use. RFC 5228 §3.2.
extension SieveChecker {
    ///     require <capabilities: string-list>
    func check(require node: SyntaxNode, isAllowed: Bool, isTopLevel: Bool) {
        guard isAllowed else {
            let place = isTopLevel ? "before all other commands" : "outside of blocks, before all other commands"
            self.error(at: node.position, "require stands in the wrong place: expected it \(place)")
            return
        }
        let rule = CallRule(
            name: "require",
            parameters: [.list("capabilities")],
            builder: .command { _, _ in nil }
        )
        var call = CheckedCall(name: node.name, title: rule.title, position: node.position)
        guard self.checkArguments(of: node, rule, into: &call) else { return }
        guard node.tests.isEmpty else {
            let isTest = SieveVocabulary.shared.call(node.tests[0].name)?.isTest ?? false
            let message =
                isTest
                ? "\(rule.title) accepts no sub-tests, but tests are specified"
                : "missing semicolon ';' after \(rule.title): found '\(node.tests[0].name)'"
            return self.error(at: node.tests[0].position, message)
        }
        guard node.block == nil else {
            return self.error(at: node.position, "\(rule.title) accepts no block, but one is specified: expected ';'")
        }
        for string in call.strings(0) { self.require(named: string) }
    }

    /// Capabilities that mean nothing without others. RFC 5703 §7.
    func checkCompanions() {
        guard self.has(.extracttext) else { return }
        for needed in [SieveCapability.variables, .foreverypart] where !self.has(needed) {
            self.error(at: .start, "'extracttext' needs 'require \"\(needed.rawValue)\";' too")
        }
    }

    private func require(named string: SyntaxString) {
        if let capability = self.offered(string.text) { return self.require(capability) }
        switch string.text {
        case "imapflags":
            // The draft that RFC 5232 came from; its commands are the same for all that scripts in use do.
            self.require(.imap4flags)
            self.warning(at: string.position, "'imapflags' is an old name: expected 'imap4flags'")
        case "notify":
            self.error(at: string.position, "'notify' is an old extension with other arguments: expected 'enotify'")
        case let name where SieveCapability(rawValue: name).map(self.settings.withheld.contains) == true:
            self.error(at: string.position, "'\(name)' is not offered here: the site's configuration leaves it out")
        default:
            let near = DidYouMean.nearest(to: string.text, in: SieveCapability.offered.map(\.rawValue))
            let hint = near.map { ": did you mean '\($0)'?" } ?? ""
            self.error(at: string.position, "unknown capability '\(string.text)'\(hint)")
        }
    }
}
