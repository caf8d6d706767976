internal import MIME

/// foreverypart, mime, extracttext, replace and enclose (RFC 5703), whole.
///
/// A loop goes through the message itself and all its parts, depth first; a loop within a loop through the
/// parts of the one at hand. `replace` and `enclose` take effect at once, and the loop goes on in what is there
/// then.
///
/// Limits: ``SieveLimits/loopNestingMax``, ``SieveLimits/editedMessageOctetsMax``; the structure is bounded by
/// ``MIMELimits``, and every turn of a loop costs steps.
enum MIMEPartsExtension {
    static let words = SieveExtension(calls: Self.calls, tags: Self.tags)

    private static let calls = [
        CallRule(
            name: "foreverypart",
            capabilities: [.foreverypart],
            takesBlock: true,
            tags: [TagRule("name", value: .string)],
            builder: .command(ForEveryPartCommand.init)
        ),
        CallRule(
            name: "break",
            capabilities: [.foreverypart],
            tags: [TagRule("name", value: .string)],
            builder: .command(BreakCommand.init)
        ),
        CallRule(
            name: "extracttext",
            capabilities: [.extracttext],
            parameters: [.string("variable name")],
            tags: VariableModifier.tags + [TagRule("first", value: .number)],
            builder: .command(ExtractTextCommand.init)
        ),
        CallRule(
            name: "replace",
            capabilities: [.replace],
            parameters: [.string("replacement")],
            tags: [TagRule("mime"), TagRule("subject", value: .string), TagRule("from", value: .string)],
            builder: .command(ReplaceCommand.init)
        ),
        CallRule(
            name: "enclose",
            capabilities: [.enclose],
            parameters: [.string("text")],
            tags: [TagRule("subject", value: .string), TagRule("headers", value: .list)],
            builder: .command(EncloseCommand.init)
        ),
    ]

    private static let tags = [
        TagRule("mime", .mime, on: ["header", "address", "exists"]),
        TagRule("anychild", .mime, on: ["header", "address", "exists"]),
        TagRule("type", .mime, on: ["header"], group: "aspect"),
        TagRule("subtype", .mime, on: ["header"], group: "aspect"),
        TagRule("contenttype", .mime, on: ["header"], group: "aspect"),
        TagRule("param", .mime, on: ["header"], value: .list, group: "aspect"),
    ]
}

/// A loop over parts.
struct SievePartLoop {
    /// The part it is at.
    var part: Int
}

/// Carries out its block for every part. RFC 5703 §3.
final class ForEveryPartCommand: CheckedCommand {
    let position: SievePosition
    private let loopName: String?
    private let block: CheckedBlock
    var name: String { "foreverypart" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.loopName = call.string(tag: "name")?.text
        self.block = call.block
        guard checker.has(.foreverypart), checker.loopNames.count < checker.limits.loopNestingMax else {
            let message = "loops are nested too deeply: expected at most \(checker.limits.loopNestingMax)"
            checker.error(at: call.position, message)
            return nil
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        guard run.loops.count < run.limits.loopNestingMax else {
            throw run.error(.limit, "loops are nested more than \(run.limits.loopNestingMax) levels deep")
        }
        let outer = run.loops.last?.part
        var part = outer.map { $0 + 1 } ?? 0
        run.loops.append(SievePartLoop(part: part))
        defer { run.loops.removeLast() }
        while part < (outer.map(run.message.endOfParts) ?? run.message.structure.parts.count) {
            try run.spend(1)
            run.loops[run.loops.count - 1].part = part
            run.trace { "part \(part)" }
            let flow = try run.inside(self.block)
            switch flow {
            case .next:
                part += 1
            case .exitLoop(let name):
                if name == nil || name == self.loopName { return .next }
                return flow
            case .stop, .leave:
                return flow
            }
        }
        return .next
    }
}

/// Leaves a loop. RFC 5703 §3.
final class BreakCommand: CheckedCommand {
    let position: SievePosition
    private let loopName: String?
    var name: String { "break" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.loopName = call.string(tag: "name")?.text
        guard !checker.loopNames.isEmpty else {
            checker.error(at: call.position, "break stands outside of foreverypart")
            return nil
        }
        if let name = self.loopName, !checker.loopNames.contains(name) {
            checker.error(at: call.position, "there is no loop with the name '\(name)' around this break")
            return nil
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow { .exitLoop(self.loopName) }
}

extension SieveRun {
    /// The part that the innermost loop is at, or the message; `nil` when the part is gone because the header that
    /// told of it was changed.
    var currentPart: Int? {
        guard let part = self.loops.last?.part, part > 0 else { return 0 }
        return part < self.message.structure.parts.count ? part : nil
    }
}

extension MessageView {
    /// The number behind the last part inside `part`; parts stand depth first.
    func endOfParts(in part: Int) -> Int {
        let ends = self.partEnds
        return part < ends.count ? ends[part] : ends.count
    }
}

extension MIMEStructure {
    /// For each part the number behind the last part inside it.
    var partEnds: [Int] {
        var ends = [Int](repeating: self.parts.count, count: self.parts.count)
        // The parts that those to come may be inside of.
        var open: [Int] = []
        for (number, part) in self.parts.enumerated() {
            while let last = open.last, self.parts[last].depth >= part.depth {
                ends[last] = number
                open.removeLast()
            }
            open.append(number)
        }
        return ends
    }
}
