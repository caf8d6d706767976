/// What running a script came to: values only; nothing is done yet.
package struct SieveResult: Hashable, Sendable {
    /// In the order of the script, duplicates joined.
    package var actions: [SievePlannedAction] = []
    /// Keeping the message because no action said otherwise, or because of ``error``. RFC 5228 §2.10.2.
    package var implicitKeep: SieveImplicitKeep?
    /// The messages that actions take; the first is the message as it came.
    package var editions: [SieveEdition] = []
    /// Why the script ended early; its actions are dropped then.
    package var error: SieveRunError?
    /// What was not done and why, for the owner to read.
    package var notes: [SieveNote] = []
    /// To be remembered when the message is delivered, and only then. RFC 7352 §3.
    package var duplicateMarks: [SieveDuplicateMark] = []
    package var trace: [SieveTraceEntry] = []
    /// What it cost.
    package var steps = 0

    package init() {}

    /// Whether the message ends up in the main mailbox.
    package var keeps: Bool {
        self.implicitKeep != nil
            || self.actions.contains { planned in
                if case .keep = planned.action { true } else { false }
            }
    }
}

package struct SieveImplicitKeep: Hashable, Sendable {
    package var keep: SieveKeep
    package var edition: Int
}

/// Something the owner may want to know that is no error.
package struct SieveNote: Hashable, Sendable {
    package var position: SievePosition
    package var message: String
    /// Whether the script should be changed because of it.
    package var isWarning = false
}

/// One step of a traced run.
package struct SieveTraceEntry: Hashable, Sendable, CustomStringConvertible {
    package var script: String
    package var position: SievePosition
    /// Levels of blocks and tests around it.
    package var level: Int
    package var message: String

    package var description: String {
        "\(self.script):\(self.position): \(String(repeating: "  ", count: self.level))\(self.message)"
    }
}
