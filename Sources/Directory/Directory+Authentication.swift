package import MailTypes
package import SASL
internal import Storage
internal import Synchronization

/// Who somebody is. A name nobody has, a wrong password and a suspended account look alike and take alike.
extension Directory {
    /// The answer that needs no slow hash: a login verified a short while ago, or a cheap hash; `nil` means ask
    /// ``authenticate(_:from:completion:)``. May be called on an event loop.
    package func authenticateFromMemory(login: String, password: Secret) -> AuthenticationResult? {
        guard Self.isWithinBounds(login, password), let account = self.activeAccount(login: login) else { return nil }
        let digest = self.logins.remembered.digest(account.id, password)
        guard self.logins.remembered.holds(account.id, digest, now: self.clock.now) else {
            return self.answerFromCheapHash(account, password)
        }
        return .accepted(AuthenticatedUser(account: account.id, login: account.name))
    }

    /// Judges a login. `completion` is called once: at once on this thread, or later on another.
    package func authenticate(
        _ claim: PasswordClaim,
        from origin: LoginOrigin,
        completion: @escaping @Sendable (AuthenticationResult) -> Void
    ) {
        guard Self.isWithinBounds(claim.login, claim.password) else { return completion(.denied) }
        let accept: @Sendable (AuthenticationResult) -> AuthenticationResult = { result in
            guard case .accepted(let user) = result else { return result }
            return self.mayAct(user, as: claim.authorizationIdentity) ? result : .denied
        }
        if let result = self.authenticateFromMemory(login: claim.login, password: claim.password) {
            return completion(accept(result))
        }
        guard let account = self.activeAccount(login: claim.login), let stored = account.password else {
            return self.logins.verifyNobody(self.canonicalName(claim.login), claim.password, from: origin) {
                completion($0 == nil ? .unavailable : .denied)
            }
        }
        self.logins.verify(account, stored: stored, claim.password, from: origin) { verdict in
            completion(accept(self.conclude(verdict, account, stored: stored, claim, from: origin)))
        }
    }

    package func authenticate(_ claim: PasswordClaim, from origin: LoginOrigin) async -> AuthenticationResult {
        await withCheckedContinuation { continuation in
            self.authenticate(claim, from: origin) { continuation.resume(returning: $0) }
        }
    }

    /// What SCRAM compares a proof with; for a login that has none, a decoy that cannot be told from real ones.
    /// `completion` is called once: at once on this thread, or later on another.
    package func scramCredentials(
        for login: String,
        from origin: LoginOrigin,
        completion: @escaping @Sendable (SCRAMCredentials) -> Void
    ) {
        let isSane = login.utf8.count <= DirectoryLimits.loginOctetsMax
        guard isSane, let account = self.activeAccount(login: login) else {
            return completion(self.decoyCredentials(login: isSane ? self.canonicalName(login) : ""))
        }
        if let text = account.scram, let credentials = SCRAMText.read(text) { return completion(credentials) }
        guard let stored = account.password, case .plain(let clear) = StoredPassword(stored) else {
            return completion(self.decoyCredentials(login: account.name))
        }
        let decoy = self.decoyCredentials(login: account.name)
        let job = HashingLane.Job {
            completion(self.logins.credentials(of: clear, like: decoy) ?? decoy)
        } refuse: {
            completion(decoy)
        }
        self.logins.lane.submit(from: origin, job)
    }

    package func scramCredentials(for login: String, from origin: LoginOrigin) async -> SCRAMCredentials {
        await withCheckedContinuation { continuation in
            self.scramCredentials(for: login, from: origin) { continuation.resume(returning: $0) }
        }
    }

    /// The user behind an identity that a mechanism has proved (SCRAM, or a certificate that was verified).
    /// `nil` when it was suspended or removed meanwhile, or asks for somebody else's mail.
    package func user(for identity: SASLIdentity) -> AuthenticatedUser? {
        let login = identity.login.isEmpty ? identity.authorizationIdentity ?? "" : identity.login
        guard let account = self.activeAccount(login: login) else { return nil }
        let user = AuthenticatedUser(account: account.id, login: account.name)
        return self.mayAct(user, as: identity.authorizationIdentity) ? user : nil
    }

    /// Whether a session's user may still go on: its account exists and is not suspended.
    package func isActive(_ user: AuthenticatedUser) -> Bool {
        self.state.withLock { $0.index.accounts[user.account]?.state == .active }
    }
}

extension Directory {
    private static func isWithinBounds(_ login: String, _ password: Secret) -> Bool {
        (1...DirectoryLimits.loginOctetsMax).contains(login.utf8.count)
            && (1...DirectoryLimits.passwordOctetsMax).contains(password.bytes.count)
    }

    private func activeAccount(login: String) -> StoredAccount? {
        let account = self.state.withLock {
            $0.index.account(login: login, defaultDomain: $0.settings.defaultDomain)
        }
        return account?.state == .active ? account : nil
    }

    /// A login in full, as it would be if somebody had it.
    private func canonicalName(_ login: String) -> String {
        let (user, domain) = LocalName.split(login: login)
        let full = domain ?? self.state.withLock { $0.settings.defaultDomain ?? $0.index.firstDomain }
        return "\(LocalName.fold(user))@\(full?.name ?? "")"
    }

    private func decoyCredentials(login: String) -> SCRAMCredentials {
        self.logins.decoyCredentials(login: login, self.state.withLock { $0.index.scramLooks })
    }

    /// Nobody acts for anybody else: naming oneself in another spelling is all that is allowed.
    private func mayAct(_ user: AuthenticatedUser, as authorizationIdentity: String?) -> Bool {
        guard let authorizationIdentity, !authorizationIdentity.isEmpty else { return true }
        return self.activeAccount(login: authorizationIdentity)?.id == user.account
    }

    private func answerFromCheapHash(_ account: StoredAccount, _ password: Secret) -> AuthenticationResult? {
        guard let stored = account.password, stored.utf8.first == 0x7B, let hash = StoredPassword(stored), hash.isCheap,
            hash.isOwn
        else { return nil }
        guard hash.matches(password) else { return .denied }
        return .accepted(AuthenticatedUser(account: account.id, login: account.name))
    }

    /// The password may have been changed while its hash was computed; then the old one is worth nothing.
    private func conclude(
        _ verdict: Bool?,
        _ account: StoredAccount,
        stored: String,
        _ claim: PasswordClaim,
        from origin: LoginOrigin
    ) -> AuthenticationResult {
        guard let verdict else { return .unavailable }
        guard verdict else { return .denied }
        let digest = self.logins.remembered.digest(account.id, claim.password)
        let now = self.clock.now
        let isCurrent = self.state.withLock { state in
            let current = state.index.accounts[account.id]
            guard let current, current.password == stored, current.state == .active else { return false }
            // Within the lock, so that a change of password cannot come between and be forgotten first.
            self.logins.remembered.remember(account.id, digest, now: now)
            return true
        }
        guard isCurrent else { return .denied }
        self.upgradeIfImported(account, stored: stored, claim.password, from: origin)
        return .accepted(AuthenticatedUser(account: account.id, login: account.name))
    }

    /// Stores our own hash in place of an imported one, now that the password is known. When it does not come about,
    /// the next login tries again.
    private func upgradeIfImported(
        _ account: StoredAccount,
        stored: String,
        _ password: Secret,
        from origin: LoginOrigin
    ) {
        let policy = self.logins.currentPolicy
        guard policy.upgradesImported, let hash = StoredPassword(stored), !hash.isOwn || account.scram == nil,
            SASLprep.prepare(password.bytes) != nil
        else { return }
        let job = HashingLane.Job {
            guard let hashed = HashedPassword.hash(password, policy) else { return }
            self.replacePassword(of: account.id, ifStill: stored, with: hashed)
        } refuse: {
            // The upgrade waits for a quieter login.
        }
        self.logins.lane.submit(from: origin, job)
    }
}
