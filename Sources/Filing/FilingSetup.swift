internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// The site's options with what follows from them for every message, made when they change.
final class FilingSetup: Sendable {
    let options: FilingOptions
    /// Whether the site has no scripts but the one that comes with Martlet.
    let hasDefaultOnly: Bool
    /// Whether the site's scripts come to the same for all recipients of a message.
    let asksNothing: Bool

    init(_ options: FilingOptions) {
        self.options = options
        self.hasDefaultOnly = options.before.map(\.name) == [DefaultScript.name] && options.after.isEmpty
        self.asksNothing = (options.before + options.after)
            .allSatisfy { $0.capabilities.isDisjoint(with: Self.asking) }
    }

    /// What may make a script's answer another for each recipient.
    private static let asking: Set<SieveCapability> = [
        .envelope, .environment, .mailbox, .mailboxid, .mboxmetadata, .servermetadata, .duplicate, .include, .extlists,
        .date, .spamtest, .spamtestplus, .virustest, .vacation, .envelopeDSN, .envelopeDeliverBy, .enotify,
    ]

    /// Whether the site's scripts leave a message alone, so far as that can be told for all recipients together:
    /// without asking about any account or the envelope.
    func leavesAlone(_ message: ByteBuffer, now: Instant) -> Bool {
        guard self.asksNothing else { return false }
        let programs = self.options.before + self.options.after
        let situation = SieveSituation(envelope: SieveEnvelope(sender: "", recipient: ""), now: now)
        let world = UnaskedWorld()
        let result = SieveSequence(programs).run(on: SieveMessage(message), situation: situation, world: world)
        return !world.wasAsked && result.error == nil && result.keepsUnchanged(octets: message.readableBytes)
    }
}
