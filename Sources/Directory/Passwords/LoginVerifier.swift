internal import MailTypes
internal import SASL
internal import Synchronization

/// Judges passwords: cheap hashes at once, slow ones on the lane, the same one only once at a time.
final class LoginVerifier: Sendable {
    /// Called with the verdict, on a worker or at once; `nil` when nobody could be found to compute it.
    typealias Completion = @Sendable (Bool?) -> Void

    let remembered: RememberedLogins
    let lane: HashingLane
    private let decoyKey: Secret
    private let policy: Mutex<PasswordPolicy>
    /// Attempts being computed: a client that opens five connections at once costs one hash.
    private let underWay = Mutex<[Attempt: [Completion]]>([:])

    /// Of one address only: nobody waits where others have queued.
    private struct Attempt: Hashable {
        enum Subject: Hashable {
            case account(AccountID, stored: String)
            /// A login nobody has, in full.
            case nobody(String)
        }

        let subject: Subject
        let digest: RememberedLogins.Digest
        let origin: LoginOrigin
    }

    init(decoyKey: Secret, policy: PasswordPolicy) {
        self.decoyKey = decoyKey
        self.policy = Mutex(policy)
        self.remembered = RememberedLogins(policy)
        self.lane = HashingLane(policy)
    }

    func adopt(_ policy: PasswordPolicy) {
        self.policy.withLock { $0 = policy }
        self.remembered.adopt(policy)
        self.lane.adopt(policy)
    }

    var currentPolicy: PasswordPolicy { self.policy.withLock { $0 } }

    /// Compares a password with an account's stored one.
    func verify(
        _ account: StoredAccount,
        stored: String,
        _ password: Secret,
        from origin: LoginOrigin,
        completion: @escaping Completion
    ) {
        guard let hash = StoredPassword(stored) else {
            return self.verifyNobody(account.name, password, from: origin, completion: completion)
        }
        if hash.isCheap {
            // A wrong one takes as long as for a login nobody has, and is refused when that is.
            guard hash.matches(password) else {
                return self.verifyNobody(account.name, password, from: origin, completion: completion)
            }
            return completion(true)
        }
        let digest = self.remembered.digest(account.id, password)
        let attempt = Attempt(subject: .account(account.id, stored: stored), digest: digest, origin: origin)
        self.compute(attempt, completion) { hash.matches(password) }
    }

    /// Computes what a real comparison would, for a login nobody has, and denies.
    ///
    /// - Parameter login: in full, so that every way to write it gives the same.
    func verifyNobody(
        _ login: String,
        _ password: Secret,
        from origin: LoginOrigin,
        completion: @escaping Completion
    ) {
        let decoy = Argon2Hash.decoy(cost: self.currentPolicy.argon2Cost)
        let digest = self.remembered.digest(login, password)
        self.compute(Attempt(subject: .nobody(login), digest: digest, origin: origin), completion) {
            _ = decoy.matches(password)
            return false
        }
    }

    private func compute(
        _ attempt: Attempt,
        _ completion: @escaping Completion,
        _ judge: @escaping @Sendable () -> Bool
    ) {
        let isFirst = self.underWay.withLock { attempts in
            let isFirst = attempts[attempt] == nil
            attempts[attempt, default: []].append(completion)
            return isFirst
        }
        guard isFirst else { return }
        let job = HashingLane.Job {
            self.finish(attempt, judge())
        } refuse: {
            self.finish(attempt, nil)
        }
        self.lane.submit(from: attempt.origin, job)
    }

    /// Credentials that nothing proves; `login` in full, so that every way to write it gives the same.
    ///
    /// - Parameter looks: those of the accounts there are, which they look like.
    func decoyCredentials(login: String, _ looks: SCRAMLooks) -> SCRAMCredentials {
        let look = looks.look { look in
            SCRAMCredentials.decoyLot(
                login: login,
                key: self.decoyKey,
                iterations: look.iterations,
                saltOctets: look.saltOctets
            )
        }
        return SCRAMCredentials.decoy(
            login: login,
            key: self.decoyKey,
            iterations: look?.iterations ?? self.currentPolicy.scramIterations,
            saltOctets: look?.saltOctets ?? HashedPassword.saltOctets
        )
    }

    /// The credentials of a password that is kept in clear: the same each time, as if they were stored.
    func credentials(of clear: [UInt8], like decoy: SCRAMCredentials) -> SCRAMCredentials? {
        SCRAMCredentials(password: Secret(clear), salt: decoy.salt, iterations: decoy.iterations)
    }

    private func finish(_ attempt: Attempt, _ verdict: Bool?) {
        let completions = self.underWay.withLock { $0.removeValue(forKey: attempt) } ?? []
        for completion in completions { completion(verdict) }
    }
}
