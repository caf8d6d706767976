/// Finds out whether a script means something, and makes it a program: every name looked up, every argument in
/// its place.
///
/// One checker checks one script. What is wrong is reported and left out, so that all of it is found in one go.
final class SieveChecker {
    let limits: SieveLimits
    let settings: SieveSettings
    var diagnostics: DiagnosticList
    /// What the script required so far.
    private(set) var capabilities: Set<SieveCapability> = []
    var variables = VariableTable()
    /// Levels of `foreverypart` around, with their names. RFC 5703 §3.
    var loopNames: [String?] = []
    /// Whether a failed `ihave` stands before what is being checked, so that it need not be known here. RFC 5463 §4.
    var missesCapability = false
    var hasTooManyVariables = false
    let knowsTestLanguage: Bool
    let redirectConcern: ((String) -> String?)?
    private let vocabulary: SieveVocabulary

    init(
        limits: SieveLimits,
        settings: SieveSettings,
        knowsTestLanguage: Bool,
        redirectConcern: ((String) -> String?)? = nil
    ) {
        self.redirectConcern = redirectConcern
        self.limits = limits
        self.settings = settings
        self.knowsTestLanguage = knowsTestLanguage
        self.diagnostics = DiagnosticList(max: limits.diagnosticsMax)
        self.vocabulary = SieveVocabulary.shared
    }

    func error(at position: SievePosition, _ message: String) {
        guard !self.missesCapability else { return }
        self.diagnostics.error(at: position, message)
    }

    func warning(at position: SievePosition, _ message: String) {
        self.diagnostics.warning(at: position, message)
    }

    // MARK: - Capabilities

    func has(_ capability: SieveCapability) -> Bool { self.capabilities.contains(capability) }

    /// The capability of that name, where this site offers it.
    func offered(_ name: String) -> SieveCapability? {
        guard let capability = SieveCapability(rawValue: name), !self.settings.withheld.contains(capability),
            capability != .testsuite || self.knowsTestLanguage
        else { return nil }
        return capability
    }

    func require(_ capability: SieveCapability) {
        self.capabilities.insert(capability)
        for implied in capability.implied { self.capabilities.insert(implied) }
    }

    // MARK: - Blocks

    func block(_ nodes: [SyntaxNode], isTopLevel: Bool = false) -> CheckedBlock {
        var commands: [any CheckedCommand] = []
        var mayRequire = isTopLevel
        var end: SievePosition?
        var index = 0
        while index < nodes.count, !self.diagnostics.isFull {
            let node = nodes[index]
            if let position = end {
                self.warning(at: node.position, "this is never reached: the script ends at \(position)")
                end = nil
            }
            index += 1
            if node.name == "require" {
                self.check(require: node, isAllowed: mayRequire, isTopLevel: isTopLevel)
                continue
            }
            mayRequire = false
            if Self.branchNames.contains(node.name) {
                var chain = [node]
                while chain.last?.name != "else", index < nodes.count, nodes[index].name != "if",
                    Self.branchNames.contains(nodes[index].name)
                {
                    chain.append(nodes[index])
                    index += 1
                }
                let isAfterElse = index > chain.count && nodes[index - chain.count - 1].name == "else"
                if let command = self.conditional(chain, isAfterElse: isAfterElse) { commands.append(command) }
            } else if let command = self.command(node) {
                self.warnWhenRepeated(command, behind: commands.last)
                commands.append(command)
            }
            if ["stop", "return", "break", "error"].contains(node.name) { end = node.position }
        }
        return CheckedBlock(commands)
    }

    /// Filing into one mailbox twice in a row files once, and was meant otherwise.
    private func warnWhenRepeated(_ command: any CheckedCommand, behind last: (any CheckedCommand)?) {
        guard let mailbox = (command as? FileIntoCommand)?.constantMailbox,
            (last as? FileIntoCommand)?.constantMailbox == mailbox
        else { return }
        let name = String(decoding: mailbox, as: UTF8.self)
        self.warning(at: command.position, "fileinto '\(name)' stands here twice: the message is filed once")
    }

    private static let branchNames: Set<String> = ["if", "elsif", "else"]

    /// An `if` with all its branches.
    private func conditional(_ chain: [SyntaxNode], isAfterElse: Bool) -> IfCommand? {
        if chain[0].name != "if" {
            let reason = isAfterElse ? "stands behind an else" : "has no if before it"
            self.error(at: chain[0].position, "this \(chain[0].name) \(reason): expected 'if'")
            for node in chain { _ = node.block.map { self.block($0) } }
            return nil
        }
        var branches: [IfCommand.Branch] = []
        var otherwise: CheckedBlock?
        let wasMissing = self.missesCapability
        for node in chain {
            defer { self.missesCapability = wasMissing }
            guard let rule = self.vocabulary.call(node.name), let call = self.check(node, rule) else { continue }
            if node.name == "else" {
                otherwise = call.block
            } else if let test = call.tests.first {
                branches.append(IfCommand.Branch(test, call.block))
            }
        }
        return IfCommand(position: chain[0].position, branches, otherwise: otherwise)
    }

    // MARK: - Commands and tests

    private func command(_ node: SyntaxNode) -> (any CheckedCommand)? {
        guard let rule = self.rule(for: node, isTest: false) else {
            if let block = node.block { _ = self.block(block) }
            return self.missesCapability ? UnavailableCommand(position: node.position, name: node.name) : nil
        }
        if let call = self.check(node, rule), case .command(let build) = rule.builder, let command = build(call, self) {
            return command
        }
        return self.missesCapability ? UnavailableCommand(position: node.position, name: node.name) : nil
    }

    func test(_ node: SyntaxNode) -> (any CheckedTest)? {
        if let rule = self.rule(for: node, isTest: true), let call = self.check(node, rule),
            case .test(let build) = rule.builder, let test = build(call, self)
        {
            return test
        }
        return self.missesCapability ? ConstantTest(position: node.position, value: false) : nil
    }

    /// The rule for a name, where there is one and it may be used here.
    private func rule(for node: SyntaxNode, isTest: Bool) -> CallRule? {
        let kind = isTest ? "test" : "command"
        guard let rule = self.vocabulary.call(node.name, isTest: isTest), self.mayUse(rule) else {
            var message = "unknown \(kind) '\(node.name)'"
            if let rule = self.vocabulary.call(node.name, isTest: isTest),
                let capability = self.neededCapability(of: rule)
            {
                message += ": it needs 'require \"\(capability.rawValue)\";' at the script's beginning"
            } else if let near = self.vocabulary.nearest(to: node.name, isTest: isTest, where: self.mayUse) {
                message += ": did you mean '\(near)'?"
            }
            self.error(at: node.position, message)
            return nil
        }
        guard rule.isTest == isTest else {
            let found = rule.isTest ? "test" : "command"
            self.error(at: node.position, "attempted to use \(found) '\(node.name)' as a \(kind)")
            return nil
        }
        return rule
    }

    private func mayUse(_ rule: CallRule) -> Bool {
        rule.capabilities.isEmpty || rule.capabilities.contains(where: self.has)
    }

    private func neededCapability(of rule: CallRule) -> SieveCapability? {
        rule.capabilities.first { self.offered($0.rawValue) != nil }
    }

    // MARK: - Calls

    /// Checks what stands behind a name: arguments, then tests, then the block.
    private func check(_ node: SyntaxNode, _ rule: CallRule) -> CheckedCall? {
        var call = CheckedCall(name: node.name, title: rule.title, position: node.position)
        var isRight = self.checkArguments(of: node, rule, into: &call)
        if isRight {
            isRight = self.checkTests(of: node, rule, into: &call)
        } else if rule.subtests == .none {
            self.checkMissingColon(of: node, rule)
        } else {
            for test in node.tests { _ = self.test(test) }
        }
        if let block = node.block {
            if rule.takesBlock {
                let names = self.loopNames
                if rule.name == "foreverypart" {
                    self.loopNames.append(call.string(tag: "name")?.text)
                }
                call.block = self.block(block)
                self.loopNames = names
            } else if isRight || rule.subtests == .none && node.tests.isEmpty == false {
                self.error(at: node.position, "\(rule.title) accepts no block, but one is specified: expected ';'")
                isRight = false
            }
        } else if rule.takesBlock, isRight {
            self.error(at: node.position, "\(rule.title) requires a block: expected '{'")
            isRight = false
        }
        return isRight ? call : nil
    }

    private func checkTests(of node: SyntaxNode, _ rule: CallRule, into call: inout CheckedCall) -> Bool {
        switch rule.subtests {
        case .none:
            guard let first = node.tests.first else { return true }
            if rule.isTest, self.reportMissingColon(first, node, rule) { return false }
            if !rule.isTest, !node.hasTestList, !(self.vocabulary.call(first.name)?.isTest ?? false) {
                self.error(at: first.position, "missing semicolon ';' after \(rule.title): found '\(first.name)'")
            } else {
                self.error(at: first.position, "\(rule.title) accepts no sub-tests, but tests are specified")
            }
            return false
        case .one:
            guard node.tests.count == 1, !node.hasTestList else {
                let found = node.hasTestList ? "a list of tests is" : "none is"
                self.error(at: node.position, "\(rule.title) requires one test, but \(found) specified")
                return false
            }
        case .list:
            guard node.hasTestList else {
                self.error(at: node.position, "\(rule.title) requires tests in parentheses: expected '('")
                return false
            }
        }
        for test in node.tests {
            guard let checked = self.test(test) else { continue }
            call.tests.append(checked)
        }
        return call.tests.count == node.tests.count
    }

    private func checkMissingColon(of node: SyntaxNode, _ rule: CallRule) {
        guard let first = node.tests.first else { return }
        _ = self.reportMissingColon(first, node, rule)
    }

    private func reportMissingColon(_ test: SyntaxNode, _ node: SyntaxNode, _ rule: CallRule) -> Bool {
        guard self.vocabulary.tag(test.name, of: rule) != nil else { return false }
        self.error(at: test.position, "missing colon ':' before '\(test.name)' tag of \(rule.title)")
        return true
    }
}
