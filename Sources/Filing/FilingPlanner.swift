internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage
internal import Trace

/// A recipient's plan with the contents it names, which are numbered from 1 on.
struct PlannedFiling: Sendable {
    var plan = FilingPlan()
    var contents: [FiledContent] = []
    /// The actions by name, for the trace.
    var summary = ""
}

/// Turns what a script wants into what the store is to do.
struct FilingPlanner {
    let run: FilingRun
    let recipient: Int
    let result: SieveResult
    let now: Instant
    private var filing = PlannedFiling()
    private var words: [String] = []
    /// Why the owner is to be told of its script.
    var failure: ScriptFailure?
    /// Why a script of the site failed, which is none of the owner's business.
    var siteFailure: ScriptFailure?

    init(run: FilingRun, recipient: Int, result: SieveResult, now: Instant) {
        self.run = run
        self.recipient = recipient
        self.result = result
        self.now = now
    }

    private var target: LocalDelivery.Recipient { self.run.delivery.recipients[self.recipient] }
    private var owner: String { self.run.envelope.recipients[self.recipient].name }

    mutating func judgement() -> FilingRun.Judgement {
        let hasFailed = self.failure != nil || self.siteFailure != nil
        if !hasFailed, self.result.keepsUnchanged(octets: self.run.message.readableBytes) {
            return .kept
        }
        for planned in self.result.actions {
            if case .reject(let reject) = planned.action, !self.isToldByNotice(reject) {
                return .rejected(reject.reason)
            }
            self.add(planned)
        }
        if let implicit = self.result.implicitKeep {
            self.keep(implicit.keep, edition: implicit.edition)
            self.words.append("keep")
        }
        for mark in self.result.duplicateMarks {
            self.filing.plan.marks.append(self.mark(mark, AccountMark.duplicateHandle(mark.handle)))
        }
        if let failure = self.failure { self.tellOwner(failure) }
        if let failure = self.failure ?? self.siteFailure { self.words.append("script failed: \(failure.plainText)") }
        self.filing.summary = self.words.count > 1 ? self.words.joined(separator: ", ") : self.words.first ?? "discard"
        return .planned(self.filing)
    }

    private mutating func add(_ planned: SievePlannedAction) {
        switch planned.action {
        case .keep(let keep):
            self.keep(keep, edition: planned.edition)
            self.words.append("keep")
        case .fileInto(let fileInto):
            self.filing.plan.copies.append(self.copy(fileInto, content: self.content(planned.edition)))
            self.words.append("fileinto \(fileInto.mailbox)")
        case .redirect(let redirect):
            self.redirect(redirect, edition: planned.edition)
        case .vacation(let vacation):
            self.answer(vacation)
        case .notify(let notify):
            self.notify(notify)
        case .reject(let reject):
            self.refuse(reject)
        }
    }

    // MARK: - Contents

    private mutating func content(_ edition: Int) -> Int {
        let edited = self.result.editions[edition]
        if edited.isOriginal(octets: self.run.message.readableBytes) { return 0 }
        return self.add(.edition(edited))
    }

    private mutating func add(_ content: FiledContent) -> Int {
        if let known = self.filing.contents.firstIndex(of: content) { return known + 1 }
        self.filing.contents.append(content)
        return self.filing.contents.count
    }

    // MARK: - Copies

    private mutating func keep(_ keep: SieveKeep, edition: Int) {
        var copy = FiledCopy(content: self.content(edition), mailbox: self.target.mailbox)
        copy.setFlags(keep.flags ?? [])
        self.filing.plan.copies.append(copy)
    }

    private func copy(_ fileInto: SieveFileInto, content: Int) -> FiledCopy {
        var copy = FiledCopy(fileInto, content: content)
        copy.setFlags(fileInto.flags ?? [])
        return copy
    }

    // MARK: - What is sent

    private mutating func redirect(_ redirect: SieveRedirect, edition: Int) {
        let account = self.run.delivery.recipients[self.recipient].account
        let own = redirect.isList ? [self.owner] + self.run.filing.ownerAddresses(of: account) : []
        let targets = redirect.targets(self.run.options, own: own)
        guard case .addresses(let addresses) = targets else {
            self.words.append("keep, as the list \(redirect.address) is not redirected to")
            if case .tooMany = targets { self.failure = ScriptFailure(redirect.tooLong) }
            if !redirect.isCopy { self.keep(SieveKeep(), edition: edition) }
            return
        }
        let sender = redirect.envelopeSender(self.run.envelope.sender, at: self.now)
        for address in addresses {
            let content = self.add(.redirected(self.result.editions[edition], mark: redirect.loopMark))
            let id = self.send(content, sender, redirect.envelopeRecipient(address))
            self.words.append("redirect \(address) as \(id)")
        }
    }

    /// A reason that a reply cannot carry, as it is not ASCII, goes to the sender in a notice, the message is taken:
    /// of the two ways RFC 5429 §2.2 prefers for `reject` the one that keeps the words. `ereject` never does so, and
    /// neither is anybody written to who surely did not send it.
    private func isToldByNotice(_ reject: SieveReject) -> Bool {
        guard !reject.isAtProtocolLevel, !reject.reason.utf8.allSatisfy({ $0 < 0x80 }),
            self.run.envelope.verdicts["dmarc"] != "fail",
            let sender = self.run.envelope.sender.reversePath.address
        else { return false }
        return sender.description.utf8.allSatisfy { $0 < 0x80 }
    }

    private mutating func refuse(_ reject: SieveReject) {
        guard let sender = self.run.envelope.sender.reversePath.address else { return }
        let id = self.run.filing.journal.makeID()
        let text = reject.notice(
            of: self.run.message,
            to: sender.description,
            by: self.owner,
            messageID: "<\(id)@\(self.run.options.hostName)>",
            now: self.now,
            site: self.run.options.site
        )
        let content = self.add(.written(text))
        let recipient = EnvelopeRecipient(path: .address(sender), notify: .never)
        let author = self.author(of: text)
        self.send(content, EnvelopeSender(reversePath: .null), recipient, author: author, id: id)
        self.words.append("reject, told by \(id)")
    }

    private mutating func answer(_ vacation: SieveVacation) {
        guard case .answer = vacation.verdict, let address = EmailAddress(text: vacation.recipient) else { return }
        let id = self.run.filing.journal.makeID()
        let text = vacation.message(messageID: "<\(id)@\(self.run.options.hostName)>", now: self.now)
        let content = self.add(.written(text))
        let once = self.mark(vacation.mark, AccountMark.vacationHandle(vacation.mark.handle))
        // Neither answered nor reported when it cannot be delivered. RFC 5230 §5.1.
        let recipient = EnvelopeRecipient(path: .address(address), notify: .never)
        let author = self.author(of: text)
        self.send(content, EnvelopeSender(reversePath: .null), recipient, author: author, id: id, onlyOnce: once)
        if let fcc = vacation.fcc { self.carbonCopy(fcc, content, onlyOnce: once) }
        self.words.append("vacation as \(id), if due" + Self.authorNote(vacation.overrulesFrom))
    }

    private mutating func notify(_ notify: SieveNotify) {
        guard notify.withheld == nil else { return }
        let id = self.run.filing.journal.makeID()
        let text = notify.message(
            messageID: "<\(id)@\(self.run.options.hostName)>",
            now: self.now,
            site: self.run.options.site,
            owner: self.owner
        )
        let content = self.add(.written(text))
        let sender = EnvelopeSender(
            reversePath: notify.sender.flatMap { EmailAddress(text: $0) }.map { .address($0) } ?? .null
        )
        let author = self.author(of: text)
        for recipient in notify.recipients + notify.copies {
            guard let address = EmailAddress(text: recipient.address) else { continue }
            let envelope = EnvelopeRecipient(path: .address(address), notify: .never)
            let id = self.send(content, sender, envelope, author: author)
            self.words.append("notify \(address) as \(id)" + Self.authorNote(notify.overrulesFrom))
        }
        if let fcc = notify.fcc { self.carbonCopy(fcc, content, onlyOnce: nil) }
    }

    private static func authorNote(_ overrulesFrom: Bool) -> String {
        overrulesFrom ? " (in the owner's name, as :from is none of the owner's addresses)" : ""
    }

    /// - Returns: the name of what is sent, by which the trace tells what becomes of it.
    @discardableResult
    private mutating func send(
        _ content: Int,
        _ sender: EnvelopeSender,
        _ recipient: EnvelopeRecipient,
        author: Domain? = nil,
        id: TimeSortedID? = nil,
        onlyOnce: AccountMark? = nil
    ) -> TimeSortedID {
        var outgoing = NewOutgoingMessage(
            id: id ?? self.run.filing.journal.makeID(),
            content: content,
            sender: sender,
            recipient: recipient
        )
        outgoing.author = author
        outgoing.onlyOnce = onlyOnce
        self.filing.plan.outgoing.append(outgoing)
        return outgoing.id
    }

    private func author(of text: [UInt8]) -> Domain? {
        let account = self.run.delivery.recipients[self.recipient].account
        let own = [self.owner, self.run.options.site] + self.run.filing.ownerAddresses(of: account)
        return Authorship.domain(of: text, own: own)
    }

    /// What was sent, filed for the owner too. RFC 8580 §3.
    private mutating func carbonCopy(_ fcc: SieveFileInto, _ content: Int, onlyOnce: AccountMark?) {
        var copy = self.copy(fcc, content: content)
        copy.isBeside = true
        copy.onlyOnce = onlyOnce
        self.filing.plan.copies.append(copy)
    }

    private func mark(_ mark: SieveDuplicateMark, _ handle: String) -> AccountMark {
        let seconds = Int64(min(mark.seconds, UInt64(Int32.max)))
        return AccountMark(handle: handle, identity: mark.identity, until: self.now + .seconds(seconds))
    }

    // MARK: - Failures

    /// Puts a message about a failed script into the owner's INBOX, once a day.
    private mutating func tellOwner(_ failure: ScriptFailure) {
        let notice = FailureNotice(
            owner: self.owner,
            site: self.run.options.site,
            messageID: "<\(self.run.filing.journal.makeID())@\(self.run.options.hostName)>",
            reason: failure.text,
            now: self.now
        )
        var copy = FiledCopy(content: self.add(.written(notice.bytes)), mailbox: .inbox)
        copy.isBeside = true
        copy.onlyOnce = failure.mark(AccountMark.failureHandle, at: self.now)
        self.filing.plan.copies.append(copy)
    }
}
