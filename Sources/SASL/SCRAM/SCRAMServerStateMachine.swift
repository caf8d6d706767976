internal import Crypto
internal import MailBytes

/// Checks a proof that the client knows the password, and proves in return that this server knows it too. RFC 5802 §3.
///
/// A login nobody has runs the same course with made-up credentials and ends like a wrong password.
///
///     waitingForFirst ─► findingCredentials ─► waitingForProof ─► waitingForAcknowledgement ─► ended
struct SCRAMServerStateMachine: SASLServerStateMachine {
    private enum State {
        /// Left by the client's first message.
        case waitingForFirst
        /// Left by the directory's answer.
        case findingCredentials(SCRAMClientFirst)
        /// Left by the client's proof.
        case waitingForProof(Exchange)
        /// Left by the empty message with which the client accepts the server's own proof.
        case waitingForAcknowledgement(SASLIdentity)
        case ended
    }

    /// What was said so far.
    private struct Exchange {
        let first: SCRAMClientFirst
        let credentials: SCRAMCredentials
        let nonce: String
        let serverFirst: String
    }

    private let bindings: SASLChannelBindings
    private let isPlus: Bool
    private let nonce: SCRAMNonce
    private var state = State.waitingForFirst

    init(bindings: SASLChannelBindings, isPlus: Bool, nonce: SCRAMNonce) {
        self.bindings = bindings
        self.isPlus = isPlus
        self.nonce = nonce
    }

    var isProved: Bool {
        if case .waitingForAcknowledgement = self.state { true } else { false }
    }

    mutating func responseReceived(_ response: [UInt8]) -> SASLServerAction {
        switch self.state {
        case .waitingForFirst: return self.firstReceived(response)
        case .waitingForProof(let exchange): return self.proofReceived(response, in: exchange)
        case .waitingForAcknowledgement(let identity):
            guard response.isEmpty else { return self.fail(.malformed) }
            self.state = .ended
            return .success(identity)
        case .findingCredentials, .ended: return self.fail(.malformed)
        }
    }

    mutating func credentialsFound(_ credentials: SCRAMCredentials) -> SASLServerAction {
        guard case .findingCredentials(let first) = self.state else { return self.fail(.malformed) }
        let nonce = "\(first.nonce)\(self.nonce.text)"
        let serverFirst = "r=\(nonce),s=\(Base64.encode(credentials.salt)),i=\(credentials.iterations)"
        let exchange = Exchange(first: first, credentials: credentials, nonce: nonce, serverFirst: serverFirst)
        self.state = .waitingForProof(exchange)
        return .challenge(Array(serverFirst.utf8))
    }

    mutating func fail(_ failure: SASLFailure) -> SASLServerAction {
        self.state = .ended
        return .failure(failure)
    }

    private mutating func firstReceived(_ response: [UInt8]) -> SASLServerAction {
        guard let text = String(validating: response, as: UTF8.self), let first = SCRAMClientFirst(text) else {
            return self.fail(.malformed)
        }
        guard self.agrees(with: first.channelBinding) else { return self.fail(.channelBindingMismatch) }
        self.state = .findingCredentials(first)
        return .findCredentials(login: first.login)
    }

    /// RFC 5802 §6: someone between us may have hidden that binding was offered; the flag tells.
    private func agrees(with binding: SCRAMClientFirst.ChannelBinding) -> Bool {
        switch binding {
        case .unsupported: !self.isPlus
        case .notOffered: !self.isPlus && self.bindings.isEmpty
        case .used(let name): self.isPlus && self.bindings.data(named: name) != nil
        }
    }

    ///     client-final-message = "c=" base64 "," "r=" nonce ["," extensions] "," "p=" base64
    private mutating func proofReceived(_ response: [UInt8], in exchange: Exchange) -> SASLServerAction {
        guard let text = String(validating: response, as: UTF8.self),
            let proofStart = text.utf8.lastIndex(of: 0x2C),
            var attributes = SCRAMAttributes(text[..<proofStart]),
            var last = SCRAMAttributes(text[text.utf8.index(after: proofStart)...]),
            let binding = attributes.take("c").flatMap({ Base64.decode($0) }),
            let nonce = attributes.take("r"), attributes.holdsOnlyExtensions,
            let proof = last.take("p").flatMap({ Base64.decode($0) }), last.isAtEnd,
            proof.count == SHA256.byteCount, nonce.utf8.elementsEqual(exchange.nonce.utf8)
        else { return self.fail(.malformed) }
        guard ConstantTime.areEqual(binding, self.expectedBinding(for: exchange.first)) else {
            return self.fail(.channelBindingMismatch)
        }
        let proved = Array("\(exchange.first.bare),\(exchange.serverFirst),\(text[..<proofStart])".utf8)
        guard Self.isProof(proof, of: proved, credentials: exchange.credentials) else { return self.fail(.denied) }
        let signature = HMACSHA256.code(for: proved, key: exchange.credentials.serverKey)
        let identity = SASLIdentity(
            login: exchange.first.login,
            authorizationIdentity: exchange.first.authorizationIdentity
        )
        self.state = .waitingForAcknowledgement(identity)
        return .challenge(Array("v=\(Base64.encode(signature))".utf8))
    }

    private func expectedBinding(for first: SCRAMClientFirst) -> [UInt8] {
        var expected = Array(first.header.utf8)
        if case .used(let name) = first.channelBinding { expected += self.bindings.data(named: name) ?? [] }
        return expected
    }

    /// Whether the client knows the key whose hash is stored. A decoy costs the same and never is one.
    private static func isProof(_ proof: [UInt8], of message: [UInt8], credentials: SCRAMCredentials) -> Bool {
        let signature = HMACSHA256.code(for: message, key: credentials.storedKey)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        let isEqual = ConstantTime.areEqual(Array(SHA256.hash(data: clientKey)), credentials.storedKey)
        return isEqual && !credentials.isDecoy
    }
}
