internal import Directory
internal import MailStore
internal import MailTypes

extension AccountAdd {
    /// The directory first, for its name; then the mailboxes. A crash between the two is mended by the next delivery or
    /// login, which makes missing mailboxes.
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = NewAccount(
            address: try readAddress(self.address),
            password: newPassword(self.password, self.passwordHash),
            isAdmin: self.isAdmin,
            quotaOctets: self.quotaOctets,
            quotaMessages: self.quotaMessages
        )
        let id = try await system.directory.addAccount(account)
        try await system.store.createAccount(id)
        try await system.store.setQuota(id, octets: self.quotaOctets, messages: self.quotaMessages)
        return Done("Account \(account.address) is ready.")
    }
}

extension AccountList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        let domain = self.domain.map { Domain($0) }
        return system.directory.accounts(in: domain, containing: self.containing, limit: self.limit).map { account in
            Row(
                id: account.id.rawValue,
                address: account.login,
                state: account.state.description,
                isAdmin: account.isAdmin,
                quotaOctets: account.quotaOctets,
                quotaMessages: account.quotaMessages
            )
        }
    }
}

extension AccountShow {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        let account = try system.account(self.address)
        let usage = try await system.store.usage(of: account.id)
        return Output(
            id: account.id.rawValue,
            address: account.login,
            state: account.state.description,
            isAdmin: account.isAdmin,
            passwordScheme: account.passwordScheme,
            canUseSCRAM: account.hasSCRAM,
            aliases: system.directory.aliases(leadingTo: account.address).map(\.description),
            octets: usage.octets,
            messages: usage.messages,
            quotaOctets: account.quotaOctets,
            quotaMessages: account.quotaMessages,
            created: describe(account.created)
        )
    }
}

extension AccountPassword {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await system.directory.setPassword(of: account.id, to: newPassword(self.password, self.passwordHash))
        return Done("The password of \(account.login) is changed.")
    }
}

extension AccountQuota {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await system.directory.setQuota(of: account.id, octets: self.octets, messages: self.messages)
        try await system.store.setQuota(account.id, octets: self.octets, messages: self.messages)
        return Done("The limits of \(account.login) are set.")
    }
}

extension AccountSuspension {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await system.directory.setState(of: account.id, to: self.isSuspended ? .suspended : .active)
        return Done(
            self.isSuspended
                ? "Account \(account.login) is suspended; its mail is kept, and new mail for it is put off."
                : "Account \(account.login) can be used again."
        )
    }
}

extension AccountRemove {
    /// The directory first, so that no mail comes any more; then the mail.
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await system.directory.removeAccount(account.id)
        try await system.store.removeAccount(account.id)
        return Done("Account \(account.login) and its mail are gone.")
    }
}

extension AccountForget {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let id = AccountID(rawValue: self.id)
        if let account = system.directory.account(id) {
            throw OperationError("Account \(self.id) is \(account.login). See: martlet account remove \(account.login)")
        }
        let usage: AccountUsage
        do {
            usage = try await system.store.usage(of: id)
        } catch MailStoreError.noSuchAccount {
            throw OperationError("There is no mail of an account \(self.id). See: martlet store check")
        }
        try await system.store.removeAccount(id)
        return Done("The mail of account \(self.id) is gone: \(usage.messages) messages.")
    }
}

private func newPassword(_ clear: String?, _ hash: String?) -> NewPassword {
    if let hash { return .imported(hash) }
    if let clear { return .clear(Secret(clear)) }
    return .none
}

extension AccountState {
    fileprivate var description: String {
        switch self {
        case .active: "active"
        case .suspended: "suspended"
        }
    }
}
