internal import MailBytes
internal import SASL

/// Logs in at a next host: chooses the strongest mechanism both know and carries it through.
struct RelayLogin {
    private let credentials: SASLClientCredentials
    private var client: SASLClient?
    private var hasSucceeded = false

    init(_ credentials: SASLClientCredentials) {
        self.credentials = credentials
    }

    /// - Returns: the mechanism and its initial response in base64; `nil` when none of those offered will do.
    mutating func begin(offered: [String], allowsPasswords: Bool) -> (mechanism: String, response: String?)? {
        let usable: [SASLMechanism] = allowsPasswords ? [.scramSHA256, .plain, .login] : [.scramSHA256]
        let names = Set(offered.map { $0.uppercased() })
        for mechanism in usable where names.contains(mechanism.rawValue) {
            var client = SASLClient(
                mechanism,
                credentials: self.credentials,
                serverOffersPlus: names.contains(SASLMechanism.scramSHA256Plus.rawValue)
            )
            guard let first = try? client.begin() else {
                guard !mechanism.isClientFirst else { continue }
                self.client = client
                return (mechanism.rawValue, nil)
            }
            self.client = client
            return (mechanism.rawValue, first.isEmpty ? "=" : Base64.encode(first))
        }
        return nil
    }

    /// The answer to a challenge, or `nil` to give up.
    mutating func answer(_ challenge: String) -> String? {
        guard let bytes = Base64.decode(challenge), let answer = try? self.client?.challengeReceived(bytes) else {
            return nil
        }
        return Base64.encode(answer)
    }

    /// The server said that the login succeeded: whether it has shown what the mechanism asks of it.
    mutating func proved() -> Bool {
        guard !self.hasSucceeded else { return true }
        self.hasSucceeded = (try? self.client?.successReceived()) != nil
        return self.hasSucceeded
    }
}
