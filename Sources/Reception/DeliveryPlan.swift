internal import Directory
internal import Filing
internal import MailStore
internal import MailTypes

/// Where each copy of a message goes: every account and every outside address once, however often it was named.
struct DeliveryPlan: Sendable {
    /// An account's copy.
    struct Local: Sendable {
        var target: LocalDelivery.Recipient
        /// What the queue is given when the account's copy cannot be stored now.
        var queued: EnvelopeRecipient
        /// What its scripts are told, and its name for the trace.
        var envelope: FilingEnvelope.Recipient

        var name: String { self.envelope.name }
    }

    /// Where a recipient's copies stand in ``locals`` and ``queued``.
    struct Share: Sendable {
        var locals: [Int] = []
        var queued: [Int] = []
    }

    private(set) var locals: [Local] = []
    private(set) var queued: [EnvelopeRecipient] = []
    /// For each recipient of the envelope, in their order.
    private(set) var shares: [Share] = []

    /// - Parameters:
    ///   - queuesAll: nothing is stored at once.
    ///   - filesByDetail: a sub-address names a mailbox.
    ///   - isQuarantined: the recipient's copy goes to the Junk mailbox.
    init(
        _ recipients: [AcceptedRecipient],
        sender: ReversePath,
        queuesAll: Bool,
        filesByDetail: Bool,
        isQuarantined: (ForwardPath) -> Bool = { _ in false }
    ) {
        var localIndex: [LocalDelivery.Recipient: Int] = [:]
        var queuedIndex: [ForwardPath: Int] = [:]
        // The usual message has one copy, which needs no book.
        let mayRepeat = recipients.count > 1 || recipients.contains { $0.accounts.count + $0.others.count > 1 }
        for recipient in recipients {
            var share = Share()
            // Who wants to hear of success is told by the queue's notices. RFC 3461 §5.2.
            let wantsNotice = recipient.recipient.notify?.contains(.success) ?? false
            // A sender that is surely another's gets none, as it would go to that other, and its mail no such detour.
            let isForJunk = isQuarantined(recipient.recipient.path)
            let isQueued = queuesAll || (wantsNotice && sender != .null && !isForJunk)
            for account in recipient.accounts {
                var queuedForm = Self.queuedForm(account, of: recipient)
                if isForJunk { queuedForm.notify = queuedForm.notify?.withoutSuccess }
                if isQueued {
                    share.queued.append(Self.index(of: queuedForm, in: &self.queued, &queuedIndex))
                    continue
                }
                let named = filesByDetail ? account.detail.flatMap { MailboxName($0) } : nil
                let mailbox = isForJunk ? .junk : named
                let target = LocalDelivery.Recipient(account: account.account, mailbox: mailbox ?? .inbox)
                if mayRepeat, let index = localIndex[target] {
                    share.locals.append(index)
                } else {
                    if mayRepeat { localIndex[target] = self.locals.count }
                    share.locals.append(self.locals.count)
                    let envelope = FilingEnvelope.Recipient(
                        name: account.name,
                        path: recipient.recipient.path,
                        notify: recipient.recipient.notify,
                        originalRecipient: recipient.recipient.originalRecipient,
                        isQuarantined: isForJunk
                    )
                    self.locals.append(Local(target: target, queued: queuedForm, envelope: envelope))
                }
            }
            for other in recipient.others {
                share.queued.append(Self.index(of: other, in: &self.queued, &queuedIndex))
            }
            self.shares.append(share)
        }
    }

    /// Locals that the queue answers for while they are stored, because one answer covers them and mail the queue may
    /// fail to take: the client would send what is stored once more.
    ///
    /// - Parameter isEachAnswered: every recipient of the envelope has an answer of its own. RFC 2033 §4.2.
    func entrusted(isEachAnswered: Bool) -> [Int] {
        guard isEachAnswered else { return self.queued.isEmpty ? [] : Array(self.locals.indices) }
        return Set(self.shares.filter { !$0.queued.isEmpty }.flatMap(\.locals)).sorted()
    }

    /// The recipient as the client named it, unless its alias leads to several: then the account's own address.
    private static func queuedForm(_ account: LocalTarget, of recipient: AcceptedRecipient) -> EnvelopeRecipient {
        if recipient.accounts.count == 1 && recipient.others.isEmpty { return recipient.recipient }
        guard let at = account.name.lastIndex(of: "@") else { return recipient.recipient }
        let address = EmailAddress(
            localPart: String(account.name[..<at]),
            domain: Domain(String(account.name[account.name.index(after: at)...]))
        )
        return Reception.recipient(address, for: recipient.recipient)
    }

    /// Two recipients are the same when local part and domain are, the local part letter by letter.
    private static func index(
        of recipient: EnvelopeRecipient,
        in list: inout [EnvelopeRecipient],
        _ known: inout [ForwardPath: Int]
    ) -> Int {
        if let index = known[recipient.path] { return index }
        known[recipient.path] = list.count
        list.append(recipient)
        return list.count - 1
    }
}

extension DSNNotify {
    /// `SUCCESS` alone asks for no other notice.
    fileprivate var withoutSuccess: DSNNotify {
        let rest = self.subtracting(.success)
        return rest.isEmpty ? .never : rest
    }
}
