internal import FoundationEssentials
internal import MailTypes
internal import MartletConfig
internal import Reception
internal import SenderAuth

/// What checking senders is told of the configuration.
extension MartletConfig {
    /// Whether any domain's mail is checked.
    var checksSenders: Bool {
        self.senderPolicy.usual != .none || self.senderPolicyOf.handling.values.contains { $0 != .none }
    }

    var receptionSenderPolicy: SenderPolicy {
        SenderPolicy(
            usual: self.senderPolicy.usual.handling,
            domains: self.senderPolicyOf.handling.mapValues(\.handling),
            trustedSealers: Set(self.senderPolicy.trustedSealers)
        )
    }

    /// By the list where there is one, else by walking up the DNS.
    func organizationFinder() -> OrganizationFinder {
        guard let text = FileManager.default.contents(atPath: self.senderPolicy.publicSuffixList) else {
            return .treeWalk
        }
        return .publicSuffixList(PublicSuffixList(text))
    }
}

extension SenderHandling {
    fileprivate var handling: SenderPolicy.Handling {
        switch self {
        case .none: .none
        case .tag: .tag
        case .quarantine: .quarantine
        case .reject: .reject
        }
    }
}
