internal import Logging
internal import MIME
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage
internal import Storage
internal import Telemetry

/// One message on its way through the scripts of its recipients.
final class FilingRun: Sendable {
    /// What a recipient's scripts came to.
    enum Judgement: Sendable {
        /// The message goes where it would without scripts.
        case kept
        case planned(PlannedFiling)
        case rejected(String)
        case failed(any Error)
    }

    let filing: Filing
    let setup: FilingSetup
    let delivery: LocalDelivery
    let envelope: FilingEnvelope
    let message: ByteBuffer

    var options: FilingOptions { self.setup.options }

    init(
        filing: Filing,
        setup: FilingSetup,
        delivery: LocalDelivery,
        envelope: FilingEnvelope,
        message: ByteBuffer
    ) {
        self.filing = filing
        self.setup = setup
        self.delivery = delivery
        self.envelope = envelope
        self.message = message
    }

    /// Which edition of the recipient's own scripts is to run; `nil` when none is.
    func edition(of index: Int) -> Int? {
        guard !self.envelope.recipients[index].isQuarantined else { return nil }
        return self.filing.store.activeScriptEdition(of: self.delivery.recipients[index].account)
    }

    /// Steps that one message's scripts may take on the thread that brings it, an event loop's mostly: two
    /// milliseconds of the dearest kind. Ordinary scripts take some hundreds.
    static let stepsAtOnceMax = 20_000

    /// What one recipient's scripts come to, where that takes neither long nor a look at the account: going to a reader
    /// costs more than most scripts.
    ///
    /// - Parameters:
    ///   - message: what was read of it for the recipients before is not read again.
    ///   - stepsLeft: what it took is subtracted.
    /// - Returns: `nil` when a reader is needed.
    func judgementAtOnce(
        of index: Int,
        edition: Int?,
        _ message: SieveMessage,
        stepsLeft: inout Int
    ) -> Judgement? {
        guard case .inline = self.delivery.content else { return nil }
        var programs = self.options.before
        if let edition {
            let account = self.delivery.recipients[index].account
            guard let program = self.filing.scripts.known(of: account, edition: edition) else { return nil }
            programs.append(program)
        }
        programs += self.options.after
        let (world, now) = (UnaskedWorld(), self.filing.clock.now)
        let result = SieveSequence(programs)
            .run(on: message, situation: self.situation(of: index, now: now), world: world, stepsMax: stepsLeft)
        stepsLeft -= result.steps
        // What went wrong may have done so only because the world was empty or the steps were few.
        guard !world.wasAsked, result.error == nil else { return nil }
        var planner = FilingPlanner(run: self, recipient: index, result: result, now: now)
        return planner.judgement()
    }

    /// What one recipient's scripts come to; on a reader of its account.
    func judgement(of index: Int, edition: Int?, _ reader: MessageReader) throws -> Judgement {
        let now = self.filing.clock.now
        let occasion = ScriptOccasion(
            account: self.delivery.recipients[index].account,
            name: self.envelope.recipients[index].name,
            options: self.options,
            scripts: self.filing.scripts,
            edition: edition,
            message: self.message,
            peer: self.envelope.peer,
            verdicts: self.envelope.verdicts
        )
        let world = AccountWorld(occasion, reader, now: now)
        var programs = self.options.before
        var failure: ScriptFailure?
        if edition != nil {
            if let program = try world.activeProgram() {
                programs.append(program)
            } else {
                // It may also have been deactivated a moment ago.
                let active = try reader.activeScript(of: self.delivery.recipients[index].account)
                failure = active.flatMap { script in
                    ScriptFailure(self.options.compiler.compile(script.text, name: script.name), of: script.name)
                }
            }
        }
        programs += self.options.after
        let situation = self.situation(of: index, now: now)
        let result = SieveSequence(programs).run(on: SieveMessage(self.message), situation: situation, world: world)
        if let failure = world.failure { throw failure }
        let isGlobal = (self.options.before + self.options.after).contains { $0.name == result.error?.script }
        if let error = result.error, isGlobal {
            self.filing.log.error(
                "a global script failed; the message was kept",
                metadata: .init([.file: error.script, .reason: error.plainDescription])
            )
        }
        var planner = FilingPlanner(run: self, recipient: index, result: result, now: now)
        planner.failure = failure
        if let error = result.error {
            if isGlobal { planner.siteFailure = ScriptFailure(error) } else { planner.failure = ScriptFailure(error) }
        }
        return planner.judgement()
    }

    private func situation(of index: Int, now: Instant) -> SieveSituation {
        SieveSituation(
            envelope: self.sieveEnvelope(of: index),
            now: now,
            zoneMinutes: LocalZone.minutes(at: now),
            ownerAddresses: [self.envelope.recipients[index].name]
                + self.filing.ownerAddresses(of: self.delivery.recipients[index].account)
        )
    }

    private func sieveEnvelope(of index: Int) -> SieveEnvelope {
        let recipient = self.envelope.recipients[index]
        let sender = self.envelope.sender
        var envelope = SieveEnvelope(sender: sender.reversePath.description, recipient: recipient.path.description)
        if case .postmaster = recipient.path { envelope.recipient = recipient.name }
        let original = recipient.originalRecipient.map { XText.decode($0) ?? $0 }
        envelope.originalRecipient = original.map(Self.address)
        envelope.authenticated = self.envelope.user
        if let notify = recipient.notify { envelope.parameters["notify"] = notify.words }
        if let ret = sender.dsnReturn { envelope.parameters["ret"] = ret == .full ? "FULL" : "HDRS" }
        if let id = sender.envelopeID { envelope.parameters["envid"] = XText.decode(id) ?? id }
        envelope.deliverBy = sender.deliverBy
        if let original { envelope.parameters["orcpt"] = original }
        return envelope
    }

    /// `rfc822;alice@example.org` without its type.
    private static func address(_ text: String) -> String {
        text.firstIndex(of: ";").map { String(text[text.index(after: $0)...]) } ?? text
    }
}

extension SieveResult {
    /// Whether the message ends up in the main mailbox as it came, and nothing else happens.
    func keepsUnchanged(octets: Int) -> Bool {
        guard self.actions.isEmpty, self.duplicateMarks.isEmpty, let implicit = self.implicitKeep else { return false }
        return (implicit.keep.flags ?? []).isEmpty && self.editions[implicit.edition].isOriginal(octets: octets)
    }
}

extension DSNNotify {
    /// As RFC 3461 §4.1 writes it.
    fileprivate var words: String {
        let known: [(Self, String)] = [
            (.never, "NEVER"), (.success, "SUCCESS"), (.failure, "FAILURE"), (.delay, "DELAY"),
        ]
        return known.filter { self.contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
