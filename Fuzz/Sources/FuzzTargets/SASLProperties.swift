import MailBytes
import MailTypes
import SASL

/// Logins: whatever is sent, nobody gets in without proof and no exchange goes on after its end; and whoever has the
/// password gets in, whatever is in it.
///
/// The first line of an input is a mechanism's name, the others are the peer's messages as octets. `PAIR` on the first
/// line makes the next three a login, a password and an authorization identity, with which both ends are played.
enum SASLProperties {
    /// Logins with SCRAM cost milliseconds each.
    private static let pairOctetsMax = 256

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let lines = input.split(separator: 10, maxSplits: 20, omittingEmptySubsequences: false).map(Array.init)
        let name = String(decoding: lines[0], as: UTF8.self)
        if name == "PAIR" {
            guard lines.count >= 4, input.count <= Self.pairOctetsMax else { return }
            for mechanism in SASLMechanism.allCases {
                try Self.checkPair(mechanism, login: lines[1], password: lines[2], identity: lines[3])
            }
        } else if let mechanism = SASLMechanism(name: name) {
            for isWithInitialResponse in [true, false] {
                for bindings in [SASLChannelBindings(), Self.bindings] {
                    try Self.checkServer(mechanism, lines.dropFirst(), bindings, isWithInitialResponse)
                }
            }
            try Self.checkClient(mechanism, lines.dropFirst())
        }
        try Self.checkPreparation(input)
    }

    private static let bindings = SASLChannelBindings(serverEndPoint: Array(0..<32), exporter: Array(32..<64))
    private static let nonce = SCRAMNonce(verbatim: "3rfcNHYJY1ZVvWVs7j")
    private static let decoy = SCRAMCredentials.decoy(
        login: "nobody",
        key: Secret("key"),
        iterations: 4_096,
        saltOctets: 16
    )

    // MARK: - A hostile client

    /// The directory denies every password and knows nobody, so every exchange must fail.
    private static func checkServer(
        _ mechanism: SASLMechanism,
        _ messages: ArraySlice<[UInt8]>,
        _ bindings: SASLChannelBindings,
        _ isWithInitialResponse: Bool
    ) throws(BrokenProperty) {
        var server = SASLServer(
            mechanism,
            offer: SASLOffer(allowsPasswords: true, bindings: bindings, hasClientCertificate: true),
            nonce: Self.nonce
        )
        var messages = messages
        var hasFailed = false
        var action = server.begin(initialResponse: isWithInitialResponse ? messages.popFirst() : nil)
        while true {
            switch action {
            case .success: throw BrokenProperty("nobody gets in without proof")
            case .failure: hasFailed = true
            case .challenge(let octets):
                try require(octets.count <= 2_048, "a challenge is short")
                try require(!hasFailed, "nothing is asked after a failure")
            case .verifyPassword(let claim):
                try require(!hasFailed, "nothing is looked up after a failure")
                try require(
                    claim.login.utf8.count <= SASLLimits.nameOctetsMax && !claim.login.isEmpty
                        && claim.password.bytes.count <= SASLLimits.passwordOctetsMax,
                    "a claim keeps to the limits"
                )
                action = server.verificationEnded(.denied)
                continue
            case .verifyCertificate:
                try require(!hasFailed, "nothing is looked up after a failure")
                action = server.verificationEnded(.denied)
                continue
            case .findCredentials(let login):
                try require(!hasFailed && !login.isEmpty, "nothing is looked up after a failure")
                action = server.credentialsFound(Self.decoy)
                continue
            }
            guard let message = messages.popFirst() else { return }
            action = server.responseReceived(message)
        }
    }

    // MARK: - A hostile server

    /// A server that does not know the password never makes our client believe it with SCRAM.
    private static func checkClient(
        _ mechanism: SASLMechanism,
        _ challenges: ArraySlice<[UInt8]>
    ) throws(BrokenProperty) {
        let credentials = SASLClientCredentials(login: "user", password: Secret("pencil"))
        var client = SASLClient(mechanism, credentials: credentials, bindings: Self.bindings, nonce: Self.nonce)
        guard (try? client.begin()) != nil else { return }
        for challenge in challenges {
            guard let answer = try? client.challengeReceived(challenge) else { break }
            try require(answer.count <= 2 * challenge.count + 1_024, "an answer is bounded by its challenge")
        }
        let believes = (try? client.successReceived()) != nil
        let needsProof = mechanism == .scramSHA256 || mechanism == .scramSHA256Plus
        try require(!(believes && needsProof), "a server that proves nothing is not believed")
    }

    // MARK: - Both ends

    /// Client and server with the same password come together, and with another one they do not.
    private static func checkPair(
        _ mechanism: SASLMechanism,
        login: [UInt8],
        password: [UInt8],
        identity: [UInt8]
    ) throws(BrokenProperty) {
        let login = String(decoding: login, as: UTF8.self)
        let identity = identity.isEmpty ? nil : String(decoding: identity, as: UTF8.self)
        let credentials = SASLClientCredentials(
            login: login,
            password: Secret(password),
            authorizationIdentity: mechanism == .login ? nil : identity
        )
        for knowsPassword in [true, false] {
            var pair = SASLPair(mechanism, credentials, Self.bindings, knowsPassword: knowsPassword)
            guard let outcome = pair.play() else { continue }
            let names = Array((login + (identity ?? "")).utf8)
            let isUsable =
                !login.isEmpty && !password.isEmpty && !(password + names).contains(0)
                && names.count <= SASLLimits.nameOctetsMax
            try require(
                !outcome.isMalformed || !isUsable,
                "a client's own words are never malformed"
            )
            if outcome.isMalformed { continue }
            try require(
                outcome.isIn == (knowsPassword || mechanism == .external),
                "whoever has the password gets in, and nobody else"
            )
            guard let identity = outcome.identity else { continue }
            let expected = mechanism == .external ? "" : SASLprep.prepare(login) ?? login
            try require(
                mechanism == .external || identity.login == login || identity.login == expected,
                "who got in is who logged in"
            )
            try require(
                identity.authorizationIdentity == credentials.authorizationIdentity,
                "whose mail is asked for is not changed on the way"
            )
        }
    }

    /// Prepared text stays as it is when prepared again.
    private static func checkPreparation(_ input: [UInt8]) throws(BrokenProperty) {
        guard let prepared = SASLprep.prepare(input) else { return }
        try require(SASLprep.prepare(prepared) == prepared, "what is prepared needs no preparing")
        try require(prepared.count <= input.count && !prepared.isEmpty, "preparing never adds")
    }
}

/// Our client and our server, talking to each other.
struct SASLPair {
    struct Outcome {
        let isIn: Bool
        var identity: SASLIdentity?
        var isMalformed = false
    }

    private var client: SASLClient
    private var server: SASLServer
    private let credentials: SASLClientCredentials
    private let knowsPassword: Bool

    init(
        _ mechanism: SASLMechanism,
        _ credentials: SASLClientCredentials,
        _ bindings: SASLChannelBindings,
        knowsPassword: Bool
    ) {
        let nonce = SCRAMNonce(verbatim: "fyko+d2lbbFgONRv9qkxdawL")
        self.credentials = credentials
        self.knowsPassword = knowsPassword
        self.client = SASLClient(
            mechanism,
            credentials: credentials,
            bindings: bindings,
            serverOffersPlus: true,
            nonce: nonce
        )
        let offer = SASLOffer(allowsPasswords: true, bindings: bindings, hasClientCertificate: true)
        self.server = SASLServer(mechanism, offer: offer, nonce: nonce)
    }

    /// - Returns: `nil` where the mechanism cannot carry these credentials.
    mutating func play() -> Outcome? {
        guard var message = try? self.client.begin() as [UInt8]?? else { return nil }
        var action = self.server.begin(initialResponse: message)
        while true {
            switch action {
            case .challenge(let challenge):
                guard let answer = try? self.client.challengeReceived(challenge) else { return Outcome(isIn: false) }
                message = answer
                action = self.server.responseReceived(answer)
            case .verifyPassword(let claim):
                let isSame = claim.password == self.credentials.password && claim.login == self.credentials.login
                action = self.server.verificationEnded(isSame && self.knowsPassword ? .accepted : .denied)
            case .verifyCertificate:
                action = self.server.verificationEnded(.accepted)
            case .findCredentials:
                let known = self.knowsPassword ? self.credentials.password : Secret("another")
                let found = SCRAMCredentials(password: known, salt: Array(0..<16), iterations: 4_096)
                guard let found else { return nil }
                action = self.server.credentialsFound(found)
            case .success(let identity):
                return Outcome(isIn: (try? self.client.successReceived()) != nil, identity: identity)
            case .failure(let failure): return Outcome(isIn: false, isMalformed: failure == .malformed)
            }
        }
    }
}
