internal import Crypto
internal import MailBytes
internal import MailTypes

/// Proves to a server that we know the password, and has the server prove the same. RFC 5802 §3.
///
///     idle ─► waitingForServerFirst ─► waitingForSignature ─► complete
struct SCRAMClientStateMachine: Sendable {
    /// RFC 5802 §6.
    enum Binding: Hashable, Sendable {
        case unsupported
        case notOffered
        case used(name: String, data: [UInt8])
    }

    private enum State {
        /// Left by our first message.
        case idle
        /// Left by the server's salt and iterations.
        case waitingForServerFirst(bare: String, password: [UInt8])
        /// Left by the server's signature.
        case waitingForSignature([UInt8])
        case complete
    }

    private let credentials: SASLClientCredentials
    private let binding: Binding
    private let nonce: SCRAMNonce
    private var state = State.idle

    init(credentials: SASLClientCredentials, binding: Binding, nonce: SCRAMNonce) {
        self.credentials = credentials
        self.binding = binding
        self.nonce = nonce
    }

    var usesBinding: Bool { if case .used = self.binding { true } else { false } }

    var isComplete: Bool { if case .complete = self.state { true } else { false } }

    mutating func begin() throws(SASLClientError) -> [UInt8] {
        guard let login = SASLprep.prepare(self.credentials.login),
            let password = SASLprep.prepare(self.credentials.password.bytes)
        else { throw SASLClientError.unusableCredentials }
        let bare = "n=\(SCRAMName.encode(login)),r=\(self.nonce.text)"
        self.state = .waitingForServerFirst(bare: bare, password: password)
        return Array((self.header + bare).utf8)
    }

    mutating func challengeReceived(_ challenge: [UInt8]) throws(SASLClientError) -> [UInt8] {
        guard let text = String(validating: challenge, as: UTF8.self) else { throw SASLClientError.malformedChallenge }
        switch self.state {
        case .waitingForServerFirst(let bare, let password):
            return try self.prove(serverFirst: text, bare: bare, password: password)
        case .waitingForSignature(let expected):
            try Self.check(serverFinal: text, against: expected)
            self.state = .complete
            return []
        case .idle, .complete:
            throw SASLClientError.unexpectedChallenge
        }
    }

    private var header: String {
        let flag =
            switch self.binding {
            case .unsupported: "n"
            case .notOffered: "y"
            case .used(let name, _): "p=\(name)"
            }
        let identity = self.credentials.authorizationIdentity.map { "a=\(SCRAMName.encode($0))" } ?? ""
        return "\(flag),\(identity),"
    }

    ///     server-first-message = [reserved-mext ","] "r=" nonce "," "s=" base64 "," "i=" posit-number ["," extensions]
    private mutating func prove(
        serverFirst: String,
        bare: String,
        password: [UInt8]
    ) throws(SASLClientError) -> [UInt8] {
        guard var attributes = SCRAMAttributes(serverFirst[...]),
            let nonce = attributes.take("r"), SCRAMNonceText.isValid(nonce),
            nonce.hasPrefix(self.nonce.text), nonce.utf8.count > self.nonce.text.utf8.count,
            let salt = attributes.take("s").flatMap({ Base64.decode($0) }), !salt.isEmpty,
            let iterations = attributes.take("i").flatMap({ Int($0) }), attributes.holdsOnlyExtensions,
            (SASLLimits.clientIterationsMin...SASLLimits.clientIterationsMax).contains(iterations),
            let salted = PasswordDerivation.pbkdf2(
                .sha256,
                password: password,
                salt: salt,
                rounds: iterations,
                octets: SHA256.byteCount
            )
        else { throw SASLClientError.malformedChallenge }
        let keys = SCRAMKeys(saltedPassword: salted)
        var bound = Array(self.header.utf8)
        if case .used(_, let data) = self.binding { bound += data }
        let unproved = "c=\(Base64.encode(bound)),r=\(nonce)"
        let proved = Array("\(bare),\(serverFirst),\(unproved)".utf8)
        let signature = HMACSHA256.code(for: proved, key: keys.storedKey)
        let proof = zip(keys.clientKey, signature).map { $0 ^ $1 }
        self.state = .waitingForSignature(HMACSHA256.code(for: proved, key: keys.serverKey))
        return Array("\(unproved),p=\(Base64.encode(proof))".utf8)
    }

    ///     server-final-message = ("e=" server-error-value / "v=" base64) ["," extensions]
    private static func check(serverFinal: String, against expected: [UInt8]) throws(SASLClientError) {
        guard var attributes = SCRAMAttributes(serverFinal[...]) else { throw SASLClientError.malformedChallenge }
        if let reason = attributes.take("e") { throw SASLClientError.refused(String(reason.prefix(64))) }
        guard let signature = attributes.take("v").flatMap({ Base64.decode($0) }) else {
            throw SASLClientError.malformedChallenge
        }
        guard ConstantTime.areEqual(signature, expected) else { throw SASLClientError.unprovedServer }
    }
}
