/// Runs scripts on messages. RFC 5228 §2.10.
extension SieveProgram {
    /// Runs the script on one message.
    ///
    /// - Parameters:
    ///   - message: what was read of it for other scripts is not read again.
    ///   - earlier: what scripts before this one came to; their actions stand.
    ///   - isTracing: whether each step is to be noted in ``SieveResult/trace``.
    ///   - stepsMax: where the run ends with an error, if that is before the limit that the program was compiled with.
    package func run(
        on message: SieveMessage,
        situation: SieveSituation,
        world: any SieveWorld,
        after earlier: SieveResult? = nil,
        isTracing: Bool = false,
        stepsMax: Int = .max
    ) -> SieveResult {
        let run = SieveRun(
            self,
            on: MessageView(message),
            situation: situation,
            world: world,
            isTracing: isTracing,
            stepsMax: stepsMax
        )
        run.begin(after: earlier)
        run.carryOut()
        return run.result
    }
}

extension SieveProgram {
    /// Whether it can be told at a glance that the script keeps the message and does nothing else, as most scripts of
    /// sites do with most mail.
    func leavesAlone(_ message: SieveMessage) -> Bool { self.block.leavesAlone(MessageView(message)) }
}

extension SieveRun {
    /// Takes over what earlier scripts came to.
    func begin(after earlier: SieveResult?) {
        guard let earlier else {
            self.result.editions = [self.message.edition]
            return
        }
        self.result = earlier
        self.result.implicitKeep = nil
        self.result.error = nil
        for index in self.result.actions.indices { self.result.actions[index].isSettled = true }
        if let flags = earlier.implicitKeep?.keep.flags { self.flags = SieveFlags(flags) }
        if let last = earlier.implicitKeep?.edition, last < earlier.editions.count, last > 0 {
            self.message.rebase(on: earlier.editions[last])
        }
    }

    /// Runs the script to its end or its first error.
    func carryOut() {
        let (before, program) = (self.result, self.frame.program)
        do throws(SieveRunError) {
            if let refusal = IMAPSieveExtension.refusal(of: program, in: self.situation) {
                throw self.error(.conflict, refusal)
            }
            _ = try program.block.run(self)
            self.finish()
        } catch {
            self.fail(with: error, back: before)
        }
        self.result.steps += self.limits.stepsMax - max(0, self.stepsLeft)
    }

    /// Takes the implicit keep, where it is still in force.
    func finish() {
        guard !self.isImplicitKeepCancelled else { return }
        let keep = SieveKeep(flags: self.flags.forActions)
        self.result.implicitKeep = SieveImplicitKeep(keep: keep, edition: self.currentEdition())
        self.trace { "implicit keep" }
    }

    /// An error undoes what this script planned; the message as it came is kept.
    private func fail(with error: SieveRunError, back before: SieveResult) {
        var error = error
        if error.script.isEmpty { error.script = self.frame.program.name }
        let trace = self.result.trace
        self.result = before
        self.result.trace = trace
        self.result.error = error
        self.result.implicitKeep = SieveImplicitKeep(keep: SieveKeep(), edition: 0)
        self.trace { "error: \(error.message); implicit keep" }
    }

    /// The place of the message as it is now among the result's editions.
    func currentEdition() -> Int {
        let edition = self.message.edition
        if let place = self.result.editions.lastIndex(of: edition) { return place }
        self.result.editions.append(edition)
        return self.result.editions.count - 1
    }
}
