/// The first message of a SCRAM client, read: who it is, and what it thinks of channel binding. RFC 5802 §7.
///
///     gs2-cbind-flag       = ("p=" cb-name) / "n" / "y"
///     gs2-header           = gs2-cbind-flag "," [ "a=" saslname ] ","
///     client-first-message = gs2-header [reserved-mext ","] "n=" saslname "," "r=" c-nonce ["," extensions]
struct SCRAMClientFirst {
    enum ChannelBinding: Hashable {
        /// `n`: the client cannot bind.
        case unsupported
        /// `y`: the client could bind, but thinks that this server cannot.
        case notOffered
        /// `p`: the client binds with the binding of this name.
        case used(name: String)
    }

    let channelBinding: ChannelBinding
    let authorizationIdentity: String?
    let login: String
    let nonce: Substring
    /// `gs2-header`, which the client repeats in its second message.
    let header: Substring
    /// The message without its header, part of what is proved.
    let bare: Substring

    init?(_ message: String) {
        let parts = SCRAMAttributes.split(message[...], maxSplits: 2)
        guard parts.count == 3, let binding = Self.channelBinding(parts[0]) else { return nil }
        var identity: String?
        if !parts[1].isEmpty {
            guard let name = SCRAMAttributes.text(parts[1], after: "a=").flatMap(SCRAMName.decode) else { return nil }
            identity = name
        }
        guard var attributes = SCRAMAttributes(parts[2]),
            let login = attributes.take("n").flatMap(SCRAMName.decode), let prepared = SASLprep.prepare(login),
            let nonce = attributes.take("r"), SCRAMNonceText.isValid(nonce), attributes.holdsOnlyExtensions
        else { return nil }
        self.channelBinding = binding
        self.authorizationIdentity = identity
        self.login = prepared
        self.nonce = nonce
        self.header = message[..<parts[2].startIndex]
        self.bare = parts[2]
    }

    private static func channelBinding(_ flag: Substring) -> ChannelBinding? {
        switch flag {
        case "n": return .unsupported
        case "y": return .notOffered
        default:
            guard let name = SCRAMAttributes.text(flag, after: "p="), !name.isEmpty,
                flag.utf8.count <= Self.bindingNameOctetsMax
            else { return nil }
            return .used(name: String(name))
        }
    }

    /// Far above any registered name.
    private static let bindingNameOctetsMax = 64
}
