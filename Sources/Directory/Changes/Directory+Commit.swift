internal import MailTypes
internal import Storage
internal import Synchronization

/// How changes are made: checked against the index behind the gate, written, and only then seen.
extension Directory {
    /// Lets `decide` look at the directory and say what to change, makes that durable and visible, and returns its
    /// result.
    func change<R: Sendable>(
        _ decide: @Sendable (DirectoryIndex, DirectoryOptions) throws(DirectoryError) -> (changes: [Change], result: R)
    ) async throws -> R {
        await self.gate.enter()
        defer { self.gate.leave() }
        let now = self.snapshot
        let (changes, result) = try decide(now.index, now.options)
        guard !changes.isEmpty else { return result }
        try await withCheckedThrowingContinuation { continuation in
            self.commit(changes) { continuation.resume(with: $0) }
        }
        return result
    }

    /// Stores a better hash for a password that has just been verified, unless the password was changed meanwhile.
    func replacePassword(of id: AccountID, ifStill stored: String, with hashed: HashedPassword) {
        self.gate.enter {
            let current = self.state.withLock { $0.index.accounts[id] }
            guard var account = current, account.password == stored else { return self.gate.leave() }
            account.password = hashed.password
            account.scram = hashed.scram
            self.commit([.putAccount(account)], isNewPassword: false) { _ in
                // On failure the old hash stands, and the next login tries again.
                self.gate.leave()
            }
        }
    }

    /// Writes changes in one transaction; when they are on the disk, applies them and forgets the logins they concern.
    private func commit(
        _ changes: [Change],
        isNewPassword: Bool = true,
        completion: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        self.shard.write(.durable) { database in
            for change in changes { try change.write(to: database) }
            if let last = Self.lastAccount(in: changes) {
                try Change.accountsWereMade(through: last, database)
            }
        } completion: { result in
            if case .success = result { self.publish(changes, isNewPassword: isNewPassword) }
            completion(result.mapError { Self.describe($0) })
        }
    }

    private func publish(_ changes: [Change], isNewPassword: Bool) {
        self.state.withLock { state in
            for change in changes {
                state.index.apply(change)
                switch change {
                case .putAccount(let account) where isNewPassword: self.logins.remembered.forget(account.id)
                case .deleteAccount(let account): self.logins.remembered.forget(account.id)
                default: continue
                }
            }
        }
    }

    private static func lastAccount(in changes: [Change]) -> AccountID? {
        changes.compactMap { change in
            if case .putAccount(let account) = change { account.id } else { nil }
        }.max()
    }

    private static func describe(_ error: any Error) -> any Error {
        guard let error = error as? StorageError else { return error }
        let advice =
            switch error.code {
            case .diskFull: "Make room on the disk that holds the data folder and try again."
            case .closed: "The server is stopping; try again when it runs."
            default: "Nothing was changed. Look at the disk, and run `martlet store check`."
            }
        return DirectoryError(.storage, "The directory could not be written (\(error))", advice: advice)
    }
}
