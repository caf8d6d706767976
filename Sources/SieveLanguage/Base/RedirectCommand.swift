internal import MailBytes

/// Sends the message to another address. RFC 5228 §4.2.
///
/// A redirected message carries the owner's address in ``SieveRedirect/loopField``. One that has it already
/// went this way before: it is kept and not sent again, which ends every loop after one round.
final class RedirectCommand: CheckedCommand {
    let position: SievePosition
    private let address: SieveText
    private let isCopy: Bool
    private let delivery: RedirectDeliveryArguments
    private let isList: Bool
    var name: String { "redirect" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.address = checker.text(call.string(0))
        self.isCopy = call.has("copy")
        self.isList = call.has("list")
        guard let delivery = RedirectDeliveryArguments(call, checker) else { return nil }
        self.delivery = delivery
        guard !self.isList, let bytes = self.address.constant else { return }
        guard let address = OutgoingAddress.read(bytes) else {
            let found = String(decoding: bytes, as: UTF8.self)
            checker.error(at: self.address.position, "'\(found)' is no address: expected one like 'user@example.org'")
            return nil
        }
        if let concern = checker.redirectConcern?(address) {
            checker.warning(at: self.address.position, "what is redirected to '\(address)' comes back: \(concern)")
        }
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        let bytes = run.bytes(self.address)
        if self.isList {
            try self.redirect(toList: String(decoding: bytes, as: UTF8.self), run)
            return .next
        }
        guard let address = OutgoingAddress.read(bytes) else {
            throw run.error(.value, quoting: String(decoding: bytes, as: UTF8.self)) {
                "\($0) is no address to redirect to"
            }
        }
        try self.redirect(to: address, run)
        return .next
    }

    private func redirect(toList list: String, _ run: SieveRun) throws(SieveRunError) {
        guard run.world.isListed("", in: list, by: .octet) != nil else {
            throw run.error(.value, quoting: list) { "there is no list \($0)" }
        }
        // The members are known to the outside only: the list's name goes with the action. RFC 6134 §2.4.
        try self.redirect(to: list, run)
    }

    private func redirect(to address: String, _ run: SieveRun) throws(SieveRunError) {
        let owner = run.ownerAddress
        guard !run.wasRedirected(by: owner) else {
            run.note("not redirected to <\(address)>: the message was redirected from here before")
            return
        }
        var redirect = SieveRedirect(
            address: address,
            sender: run.redirectSender(owner: owner),
            isCopy: self.isCopy,
            loopMark: owner
        )
        redirect.isList = self.isList
        try self.delivery.apply(to: &redirect, run)
        try run.plan(.redirect(redirect), cancelsImplicitKeep: !self.isCopy)
    }
}

/// Addresses that a script sends to.
enum OutgoingAddress {
    /// The address in the form SMTP takes it.
    ///
    /// An address outside ASCII is refused: the message would become undeliverable to every host without SMTPUTF8, long
    /// after the script was written.
    static func read(_ text: [UInt8]) -> String? {
        guard let address = SieveAddress.single(text), address.all.allSatisfy({ $0 < 0x80 && !ASCII.isControl($0) })
        else { return nil }
        return String(decoding: address.all, as: UTF8.self)
    }
}

extension SieveRun {
    /// Whose script this is, as an address.
    var ownerAddress: String { self.settings.ownerAddress ?? self.situation.envelope.recipient }

    func redirectSender(owner: String) -> String {
        let envelope = self.situation.envelope
        // Mail from nobody stays so: a failure notice for a failure notice would follow otherwise.
        guard !envelope.sender.isEmpty else { return "" }
        switch self.settings.redirectSender {
        case .sender: return envelope.sender
        case .recipient: return envelope.recipient
        case .originalRecipient: return envelope.originalRecipient ?? envelope.recipient
        case .owner: return owner
        case .address(let address): return address
        }
    }

    private static let loopKey = HeaderKey(SieveRedirect.loopField)

    fileprivate func wasRedirected(by owner: String) -> Bool {
        let marks = [owner, self.situation.envelope.recipient].map { ASCIIFold.folded(Array($0.utf8)) }
        return self.message.header.all(Self.loopKey).contains { place in
            let text = self.message.header.text(at: place)
            return marks.contains { !$0.isEmpty && ASCIIFold.isEqual(text, toFolded: $0) }
        }
    }
}
