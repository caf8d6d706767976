internal import Crypto
internal import MailTypes
internal import SASL
internal import Synchronization

/// Logins that were verified a short while ago, so that the slow hash is computed once and not for every connection.
///
/// What is remembered is a digest with a key that never leaves this process: not the password, and nothing that could
/// be tried elsewhere. One for each account, forgotten when its password or state changes.
final class RememberedLogins: Sendable {
    typealias Digest = [UInt8]

    private struct Entry {
        let digest: Digest
        let verified: Instant
    }

    private struct State {
        var entries: [AccountID: Entry] = [:]
        var duration: Duration
        var entriesMax: Int
    }

    private let key = SymmetricKey(size: .bits256)
    private let state: Mutex<State>

    init(_ policy: PasswordPolicy) {
        self.state = Mutex(State(duration: policy.rememberedFor, entriesMax: policy.rememberedMax))
    }

    func adopt(_ policy: PasswordPolicy) {
        self.state.withLock { state in
            state.duration = policy.rememberedFor
            state.entriesMax = policy.rememberedMax
            if state.entries.count > state.entriesMax { state.entries = [:] }
        }
    }

    func digest(_ account: AccountID, _ password: Secret) -> Digest {
        var code = HMAC<SHA256>(key: self.key)
        code.update(data: (0..<8).map { UInt8(truncatingIfNeeded: account.rawValue >> (8 * Int64($0))) })
        code.update(data: password.bytes)
        return Array(code.finalize())
    }

    /// The same of a login nobody has; the two kinds are never compared.
    func digest(_ login: String, _ password: Secret) -> Digest {
        var code = HMAC<SHA256>(key: self.key)
        code.update(data: Array(login.utf8) + [0])
        code.update(data: password.bytes)
        return Array(code.finalize())
    }

    func holds(_ account: AccountID, _ digest: Digest, now: Instant) -> Bool {
        self.state.withLock { state in
            guard let entry = state.entries[account], Self.isFresh(entry, state.duration, now: now) else {
                return false
            }
            return ConstantTime.areEqual(entry.digest, digest)
        }
    }

    func remember(_ account: AccountID, _ digest: Digest, now: Instant) {
        self.state.withLock { state in
            guard state.duration > .zero, state.entriesMax > 0 else { return }
            if state.entries.count >= state.entriesMax, state.entries[account] == nil {
                let duration = state.duration
                state.entries = state.entries.filter { Self.isFresh($0.value, duration, now: now) }
                // Still full: any one goes; its owner pays for one more hash.
                if state.entries.count >= state.entriesMax, let victim = state.entries.keys.first {
                    state.entries[victim] = nil
                }
            }
            state.entries[account] = Entry(digest: digest, verified: now)
        }
    }

    func forget(_ account: AccountID) {
        self.state.withLock { $0.entries[account] = nil }
    }

    /// A clock that was set back makes an entry stale, not eternal.
    private static func isFresh(_ entry: Entry, _ duration: Duration, now: Instant) -> Bool {
        now >= entry.verified && now - entry.verified < duration
    }
}
