internal import MailBytes
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import SieveLanguage
internal import Trace

/// What a script sends because of a change in a mailbox; on mail that is looked through by hand nothing is sent.
extension StoredPlanner {
    mutating func redirect(_ redirect: SieveRedirect, edition: Int, _ occasion: EventOccasion) {
        let own = [occasion.owner.name] + occasion.owner.addresses
        let targets = redirect.targets(occasion.options, own: own)
        guard case .addresses(let addresses) = targets else {
            if case .tooMany = targets { self.failure = ScriptFailure(redirect.tooLong) }
            if !redirect.isCopy { self.keep(nil, edition) }
            return
        }
        var original = EnvelopeSender(reversePath: .null)
        original.isEightBit = self.message.readableBytesView.contains { $0 >= 0x80 }
        var sender = redirect.envelopeSender(original, at: occasion.filing.clock.now)
        // Nobody has sent it here just now: it is the owner who does. RFC 6785 §3.4.
        sender.reversePath = EmailAddress(text: occasion.owner.name).map { .address($0) } ?? .null
        let content = self.add(.redirected(self.result.editions[edition], mark: redirect.loopMark))
        for address in addresses {
            let id = self.send(content, sender, redirect.envelopeRecipient(address), author: nil, occasion)
            self.sent.append("redirect \(address) as \(id)")
        }
    }

    mutating func notify(_ notify: SieveNotify, _ occasion: EventOccasion) {
        guard notify.withheld == nil else { return }
        let text = notify.message(
            messageID: "<\(occasion.filing.journal.makeID())@\(occasion.options.hostName)>",
            now: occasion.filing.clock.now,
            site: occasion.options.site,
            owner: occasion.owner.name
        )
        let content = self.add(.written(text))
        let sender = EnvelopeSender(
            reversePath: notify.sender.flatMap { EmailAddress(text: $0) }.map { .address($0) } ?? .null
        )
        let own = [occasion.owner.name, occasion.options.site] + occasion.owner.addresses
        let author = Authorship.domain(of: text, own: own)
        for recipient in notify.recipients + notify.copies {
            guard let address = EmailAddress(text: recipient.address) else { continue }
            let envelope = EnvelopeRecipient(path: .address(address), notify: .never)
            let id = self.send(content, sender, envelope, author: author, occasion)
            self.sent.append("notify \(address) as \(id)")
        }
        guard let fcc = notify.fcc else { return }
        var copy = FiledCopy(fcc, content: content)
        copy.setFlags(fcc.flags ?? [])
        copy.isBeside = true
        self.refiling.copies.append(copy)
    }

    private mutating func send(
        _ content: Int,
        _ sender: EnvelopeSender,
        _ recipient: EnvelopeRecipient,
        author: Domain?,
        _ occasion: EventOccasion
    ) -> TimeSortedID {
        var outgoing = NewOutgoingMessage(
            id: occasion.filing.journal.makeID(),
            content: content,
            sender: sender,
            recipient: recipient
        )
        outgoing.author = author
        self.refiling.outgoing.append(outgoing)
        return outgoing.id
    }
}
