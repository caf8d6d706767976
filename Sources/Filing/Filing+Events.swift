internal import Logging
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage
internal import Storage
internal import Telemetry
internal import Trace

/// Scripts that run because a client changed a mailbox. RFC 6785.
///
///     IMAP command ─► its transaction ─► the mailbox's script, a page of messages at a time ─► Refiling ─► MailStore
///
/// The mailbox's annotation `/shared/imapsieve/script` names one of the account's scripts; without one the account's
/// own annotation of that name does. What a script does is no command, so that it starts no script.
extension Filing {
    /// Runs the script, if there is one, on messages that were added or changed just now.
    ///
    /// What goes wrong is told to the log and to the script's owner; what the client did stays done. For an account
    /// without such an annotation this costs one look into memory.
    package func run(_ event: MailboxEvent) async {
        guard !event.uids.isEmpty, self.store.hasEventScripts(event.account) else { return }
        let options = self.options
        do {
            let found = try await self.store.read(of: event.account) { reader in
                try EventScript(event, options.compiler, reader)
            }
            guard let found else { return }
            guard let program = found.program else {
                return await self.tellOwner(of: event, found.mistake, options)
            }
            let owner = StoredFiling.Owner(
                account: event.account,
                name: event.user,
                addresses: self.ownerAddresses(of: event.account)
            )
            var filing = StoredFiling(program, of: owner, store: self.store, options: options, clock: self.clock)
            filing.event = EventOccasion(event, self, options, owner)
            let failed = try await filing.run(on: event.uids, in: event.mailbox)
            if let failed { await self.tellOwner(of: event, failed, options) }
        } catch {
            self.log.error(
                "a script on a change of a mailbox could not be run",
                metadata: .init([.user: event.user, .error: "\(error)"])
            )
        }
    }

    /// Puts a message about a failed script into the owner's INBOX, once a day.
    private func tellOwner(of event: MailboxEvent, _ failure: ScriptFailure, _ options: FilingOptions) async {
        let now = self.clock.now
        let id = self.journal.makeID()
        var notice = FailureNotice(
            owner: event.user,
            site: options.site,
            messageID: "<\(id)@\(options.hostName)>",
            reason: failure.text,
            now: now
        )
        notice.occasion = .mailboxEvent
        var copy = FiledCopy()
        copy.onlyOnce = failure.mark(AccountMark.eventFailureHandle, at: now)
        var plan = FilingPlan()
        plan.copies = [copy]
        var delivery = LocalDelivery(
            content: FiledContent.written(notice.bytes).make(of: .init()),
            internalDate: now,
            traceID: id,
            recipients: [LocalDelivery.Recipient(account: event.account)],
            custody: .direct
        )
        delivery.filings[0] = plan
        let outcomes = await withCheckedContinuation { continuation in
            self.store.deliver(delivery) { continuation.resume(returning: $0) }
        }
        if case .failed(let error)? = outcomes.first {
            self.log.error(
                "a script's owner could not be told that it failed",
                metadata: .init([.user: event.user, .error: "\(error)"])
            )
        }
    }
}

/// The script that a mailbox's annotation names, else the account's.
private struct EventScript: Sendable {
    let name: String
    /// `nil` when it cannot be compiled.
    let program: SieveProgram?
    /// Why not.
    let mistake: ScriptFailure

    /// `nil` when nothing is named, the empty name among it, or there is no such script. RFC 6785 §2.3.1.
    init?(_ event: MailboxEvent, _ compiler: SieveCompiler, _ reader: MessageReader) throws {
        guard let mailbox = try reader.mailboxName(event.mailbox, of: event.account) else { return nil }
        let own = try reader.annotation(.eventScript, of: mailbox, event.account)
        guard let value = try own ?? reader.annotation(.eventScript, of: nil, event.account) else { return nil }
        guard let name = ScriptName.normalized(String(decoding: value, as: UTF8.self)),
            let text = try reader.script(name, of: event.account)
        else { return nil }
        let compilation = compiler.compile(text, name: name)
        self.name = name
        self.program = compilation.program
        self.mistake = ScriptFailure(compilation, of: name) ?? ScriptFailure("")
    }
}
