package import Logging
package import MailStore
package import MailTypes
package import NIOCore
internal import SieveLanguage
internal import Storage
internal import Synchronization
internal import Telemetry
package import Trace

/// Delivers to mailboxes as the recipients' scripts say: the site's before, the user's own, the site's after.
///
///     LocalDelivery ─► scripts, each on one moment of its owner's account ─► FilingPlan ─► MailStore, one transaction
///
/// Who has no script, where the site has none either, costs one look into memory.
///
/// Invariants:
/// 1. What a message's scripts decide is done in the transaction of its delivery, or the delivery fails and is tried
///    again, and then nothing of it was done (lesson 1).
/// 2. A script that fails keeps the message; its owner is told once a day. RFC 5228 §2.10.6.
/// 3. Running a script changes nothing: rejecting is an outcome, and what was already stored is not looked at.
package final class Filing: Sendable {
    let store: MailStore
    let journal: TraceJournal
    let clock: any WallClock
    let log: Logger
    let scripts = ScriptCache()
    private let addresses: @Sendable (AccountID) -> [String]
    let seal: Seal
    private let state: Mutex<FilingSetup>

    /// The fields that seal a message of others as it is sent on, by what was found of its sender when it came as
    /// `received`; none when there is nothing to add. RFC 8617.
    package typealias Seal =
        @Sendable (_ message: ByteBuffer, _ received: ByteBuffer, _ options: FilingOptions) throws -> [UInt8]

    /// - Parameter addresses: all addresses at which an account receives mail.
    package init(
        _ options: FilingOptions,
        store: MailStore,
        journal: TraceJournal,
        addresses: @escaping @Sendable (AccountID) -> [String],
        clock: any WallClock,
        log: Logger,
        seal: @escaping Seal = { _, _, _ in [] }
    ) {
        self.state = Mutex(FilingSetup(options))
        self.store = store
        self.journal = journal
        self.addresses = addresses
        self.clock = clock
        self.log = log
        self.seal = seal
    }

    /// By which it goes now.
    package var options: FilingOptions { self.setup.options }

    private var setup: FilingSetup { self.state.withLock { $0 } }

    /// Goes by other options from the next message on.
    package func reconfigure(_ options: FilingOptions) {
        let setup = FilingSetup(options)
        self.state.withLock { $0 = setup }
        self.scripts.forgetAll()
    }

    /// Stores a message for its recipients, or does what their scripts want instead.
    ///
    /// - Parameter completion: one outcome a recipient, in their order; called once, on any thread.
    package func deliver(
        _ delivery: LocalDelivery,
        _ envelope: FilingEnvelope,
        completion: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        precondition(delivery.recipients.count == envelope.recipients.count, "each recipient has an envelope")
        let setup = self.setup
        let scripted = zip(delivery.recipients, envelope.recipients).contains { recipient, envelope in
            !envelope.isQuarantined && self.store.activeScriptEdition(of: recipient.account) != nil
        }
        guard scripted || setup.options.hasGlobals else {
            self.store.deliver(delivery, completion: completion)
            return
        }
        do {
            if !scripted, setup.hasDefaultOnly, try self.isLeftAlone(delivery.content, setup) {
                self.store.deliver(delivery, completion: completion)
                return
            }
            let message = try MessageBytes.read(delivery.content)
            let run = FilingRun(
                filing: self,
                setup: setup,
                delivery: delivery,
                envelope: envelope,
                message: message
            )
            if !scripted, setup.leavesAlone(message, now: self.clock.now) {
                self.store.deliver(delivery, completion: completion)
            } else {
                FilingRounds(run, completion).begin()
            }
        } catch {
            completion(delivery.recipients.map { _ in .failed(error) })
        }
    }

    /// Whether the script that comes with Martlet, the only one, leaves the message alone. It looks at the header only,
    /// so that of a large message nothing else is read.
    private func isLeftAlone(_ content: MessageContent, _ setup: FilingSetup) throws -> Bool {
        let header = try MessageBytes.readHeader(content)
        guard DefaultScript.mayMatter(to: header.readableBytesUInt8Span) else { return true }
        return setup.leavesAlone(header, now: self.clock.now)
    }

    func ownerAddresses(of account: AccountID) -> [String] { self.addresses(account) }
}
