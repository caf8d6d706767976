internal import MailTypes

/// An account as it stands in memory and in the database, with what proves its owner.
struct StoredAccount: Sendable {
    let id: AccountID
    let localPart: String
    let domain: Domain
    /// `localPart@domain`, made once.
    let name: String
    var state: AccountState
    var isAdmin: Bool
    var quotaOctets: Int?
    var quotaMessages: Int?
    let created: Instant
    /// A hash in one of the forms of ``StoredPassword``; `nil` when nobody logs in.
    var password: String?
    /// SCRAM's keys as ``SCRAMText`` writes them; `nil` when they were never derived.
    var scram: String?

    init(id: AccountID, localPart: String, domain: Domain, created: Instant) {
        self.id = id
        self.localPart = localPart
        self.domain = domain
        self.name = "\(localPart)@\(domain.name)"
        self.state = .active
        self.isAdmin = false
        self.created = created
    }

    var summary: Account {
        Account(
            id: self.id,
            localPart: self.localPart,
            domain: self.domain,
            state: self.state,
            isAdmin: self.isAdmin,
            quotaOctets: self.quotaOctets,
            quotaMessages: self.quotaMessages,
            created: self.created,
            passwordScheme: self.password.map(StoredPassword.schemeName),
            hasSCRAM: self.scram != nil
        )
    }
}
