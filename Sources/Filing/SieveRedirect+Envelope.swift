internal import MailTypes
internal import SieveLanguage

/// What a redirect comes to on the wire, at delivery and on changes of a mailbox alike.
extension SieveRedirect {
    enum Targets {
        case addresses([EmailAddress])
        /// No member of the list is an address of somebody else.
        case nobody
        /// The list has more addresses than one redirect may send to.
        case tooMany
    }

    /// Where it goes; the owner's own addresses are none of a list's. RFC 6134 §2.4.
    ///
    /// Where a list leads to nobody, or to too many, the message is to be kept: it must not be lost to a list.
    func targets(_ options: FilingOptions, own: [String]) -> Targets {
        guard self.isList else { return .addresses(EmailAddress(text: self.address).map { [$0] } ?? []) }
        let own = Set(own.map { $0.lowercased() })
        let addresses = (options.lists.list(self.address)?.members ?? [])
            .compactMap { EmailAddress(text: $0) }
            .filter { !own.contains($0.description.lowercased()) }
        if addresses.isEmpty { return .nobody }
        return addresses.count <= options.listRedirectsMax ? .addresses(addresses) : .tooMany
    }

    /// What the owner is told of a list that is too long.
    var tooLong: String { "The list '\(self.address)' is too long to redirect to." }

    /// - Parameter original: who sent the message here, and what was asked for it.
    func envelopeSender(_ original: EnvelopeSender, at now: Instant) -> EnvelopeSender {
        var sender = original
        sender.reversePath = EmailAddress(text: self.sender).map { .address($0) } ?? .null
        if let returns = self.returns { sender.dsnReturn = returns.uppercased() == "FULL" ? .full : .headers }
        if let wish = self.deliverBy {
            sender.deliverBy = DeliverBy(
                deadline: now + .seconds(wish.seconds),
                mode: wish.returns ? .giveBack : .notify,
                isTraced: wish.traces
            )
        } else {
            // What is left of the sender's time: who has set one wants it kept wherever the message goes. That each
            // step is told is the script's to say, as it would tell the sender where the owner's mail goes.
            sender.deliverBy?.isTraced = false
        }
        return sender
    }

    func envelopeRecipient(_ address: EmailAddress) -> EnvelopeRecipient {
        EnvelopeRecipient(path: .address(address), notify: self.notify.map(DSNNotify.init(words:)))
    }
}

extension DSNNotify {
    /// Words that are none are left out.
    fileprivate init(words: [String]) {
        self = []
        for word in words {
            switch word.uppercased() {
            case "NEVER": self.insert(.never)
            case "SUCCESS": self.insert(.success)
            case "FAILURE": self.insert(.failure)
            case "DELAY": self.insert(.delay)
            default: continue
            }
        }
    }
}
