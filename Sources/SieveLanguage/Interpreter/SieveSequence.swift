/// Runs several scripts on one message, one behind the other: the site's, the owner's, the site's again.
///
/// Keeping the message hands it to the next script; what the last one keeps goes to the main mailbox. The first
/// script that does not keep the message is the last that runs. Variables and flags are each script's own;
/// header changes stay.
package struct SieveSequence: Sendable {
    package var programs: [SieveProgram]

    package init(_ programs: [SieveProgram]) {
        self.programs = programs
    }

    /// - Parameter stepsMax: where each script ends with an error, if that is before its own limit.
    /// - Returns: The actions of all scripts; an error of one keeps the message and ends the sequence.
    package func run(
        on message: SieveMessage,
        situation: SieveSituation,
        world: any SieveWorld,
        isTracing: Bool = false,
        stepsMax: Int = .max
    ) -> SieveResult {
        var result: SieveResult?
        for (number, program) in self.programs.enumerated() {
            let isLast = number == self.programs.count - 1
            if !isLast, !isTracing, !situation.isMailboxEvent, result == nil, program.leavesAlone(message) { continue }
            var next = program.run(
                on: message,
                situation: situation,
                world: world,
                after: result,
                isTracing: isTracing,
                stepsMax: stepsMax
            )
            if !isLast, next.error == nil, next.keeps {
                next.handOn()
                result = next
                continue
            }
            return next
        }
        return result ?? SieveResult.keeping(octets: message.octets)
    }
}

extension SieveResult {
    /// What no script at all comes to.
    package static func keeping(octets: Int) -> SieveResult {
        var result = SieveResult()
        result.editions = [SieveEdition(originalOctets: octets)]
        result.implicitKeep = SieveImplicitKeep(keep: SieveKeep(), edition: 0)
        return result
    }

    /// Turns a keep into handing the message to the next script.
    mutating func handOn() {
        for planned in self.actions {
            guard case .keep(let keep) = planned.action, self.implicitKeep == nil else { continue }
            self.implicitKeep = SieveImplicitKeep(keep: keep, edition: planned.edition)
        }
        self.actions.removeAll { planned in
            if case .keep = planned.action { true } else { false }
        }
    }
}
