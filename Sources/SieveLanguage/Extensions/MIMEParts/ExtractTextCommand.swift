internal import MIME

/// Puts a part's text into a variable. RFC 5703 §7.
final class ExtractTextCommand: CheckedCommand {
    let position: SievePosition
    private let variable: SieveVariableReference
    private let modifiers: [VariableModifier]
    private let first: UInt64?
    var name: String { "extracttext" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.modifiers = VariableModifier.of(call)
        self.first = call.number(tag: "first")
        guard !checker.loopNames.isEmpty else {
            checker.error(at: call.position, "extracttext stands outside of foreverypart")
            return nil
        }
        guard let variable = checker.variable(toSet: call.string(0)) else { return nil }
        self.variable = variable
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var value: [UInt8] = []
        // What has no text gives none, so that a script cannot take an image for words.
        if let part = run.currentPart {
            try run.spend(1 + run.message.structure.parts[part].body.count / 64)
            if run.message.isText(part) { value = run.message.readableText(of: part) }
        }
        if let first = self.first {
            var count: UInt64 = 0
            let end = value.firstIndex { byte in
                if byte & 0xC0 != 0x80 { count += 1 }
                return count > first
            }
            value = Array(value[..<(end ?? value.endIndex)])
        }
        for modifier in self.modifiers { value = modifier.apply(to: value, max: run.limits.variableOctetsMax) }
        run.set(self.variable, to: value)
        return .next
    }
}
