import MailTypes
import SASL
import Testing

/// Both ends talk to each other, with a directory of one user between them.
@Suite("SASL, both ends")
struct SASLConversationTests {
    static let bindings = SASLChannelBindings(serverEndPoint: [1, 2, 3], exporter: Array(repeating: 7, count: 32))

    @Test(
        "the right password gets in with every mechanism, a wrong one with none",
        arguments: [SASLMechanism.plain, .login, .scramSHA256, .scramSHA256Plus],
        ["right", "wrong", "rightx"]
    )
    func passwords(_ mechanism: SASLMechanism, _ password: String) throws {
        let outcome = try Conversation(mechanism, password: password).run()
        switch password {
        case "right": #expect(outcome == .success(SASLIdentity(login: "üser,=x")))
        default: #expect(outcome == .failure(.denied))
        }
    }

    @Test(
        "a decoy is answered like a wrong password",
        arguments: [SASLMechanism.scramSHA256, .scramSHA256Plus]
    )
    func decoy(_ mechanism: SASLMechanism) throws {
        var conversation = Conversation(mechanism, password: "right")
        conversation.isDecoy = true
        #expect(try conversation.run() == .failure(.denied))
    }

    @Test("a decoy is the same for the same login and key, and another for others")
    func decoyIsSteady() {
        let key = Secret("site")
        func salt(_ login: String, _ key: Secret) -> [UInt8] {
            SCRAMCredentials.decoy(login: login, key: key, iterations: 4_096, saltOctets: 16).salt
        }
        #expect(salt("a", key) == salt("a", key))
        #expect(salt("a", key) != salt("b", key))
        #expect(salt("a", key) != salt("a", Secret("other")))
        #expect(salt("a", key).count == 16)
    }

    @Test("even the right keys do not open a decoy")
    func decoyNeverOpens() throws {
        var conversation = Conversation(.scramSHA256, password: "right")
        conversation.marksDecoy = true
        #expect(try conversation.run() == .failure(.denied))
    }

    @Test("binding holds by exporter and by end point, and fails when the two ends see different connections")
    func channelBinding() throws {
        for bindings in [
            Self.bindings, SASLChannelBindings(serverEndPoint: [1]), SASLChannelBindings(exporter: [2]),
        ] {
            var conversation = Conversation(.scramSHA256Plus, password: "right")
            (conversation.clientBindings, conversation.serverBindings) = (bindings, bindings)
            #expect(try conversation.run() == .success(SASLIdentity(login: "üser,=x")))
            conversation.clientBindings.exporter = bindings.exporter.map { $0 + [0] }
            conversation.clientBindings.serverEndPoint = bindings.serverEndPoint.map { $0 + [0] }
            #expect(try conversation.run() == .failure(.channelBindingMismatch))
        }
    }

    @Test("a client that could bind and was told that the server cannot is refused by a server that can")
    func downgrade() throws {
        var conversation = Conversation(.scramSHA256, password: "right")
        conversation.offersPlus = false
        #expect(try conversation.run() == .failure(.channelBindingMismatch))
        conversation.serverBindings = SASLChannelBindings()
        #expect(try conversation.run() == .success(SASLIdentity(login: "üser,=x")))
    }

    @Test("SCRAM-SHA-256-PLUS without binding is not begun")
    func plusWithoutBinding() {
        var client = SASLClient(
            .scramSHA256Plus,
            credentials: SASLClientCredentials(login: "u", password: Secret("p"))
        )
        #expect(throws: SASLClientError.noChannelBinding) { try client.begin() }
    }

    @Test("what is offered depends on what the connection can bear")
    func offers() {
        let plain = SASLOffer(allowsPasswords: false)
        #expect(plain.mechanisms == [.scramSHA256])
        let loopback = SASLOffer(allowsPasswords: true)
        #expect(loopback.mechanisms == [.scramSHA256, .plain, .login])
        let tls = SASLOffer(allowsPasswords: true, bindings: Self.bindings, hasClientCertificate: true)
        #expect(tls.mechanisms == SASLMechanism.allCases)
    }

    @Test("EXTERNAL hands on whose mail is asked for")
    func external() throws {
        for (identity, expected) in [(nil, nil), ("bob", "bob")] as [(String?, String?)] {
            var client = SASLClient(
                .external,
                credentials: SASLClientCredentials(login: "", password: Secret(""), authorizationIdentity: identity)
            )
            var server = SASLServer(.external, offer: SASLOffer(allowsPasswords: false, hasClientCertificate: true))
            #expect(server.begin(initialResponse: nil) == .challenge([]))
            let message = try #require(try client.begin())
            #expect(server.responseReceived(message) == .verifyCertificate(authorizationIdentity: expected))
            let identity = SASLIdentity(login: "", authorizationIdentity: expected)
            #expect(server.verificationEnded(.accepted) == .success(identity))
            try client.successReceived()
        }
    }

    @Test("an answer that cannot be given now is not a denial")
    func unavailable() {
        var server = SASLServer(.plain, offer: SASLOffer(allowsPasswords: true))
        _ = server.begin(initialResponse: Array("\u{0}u\u{0}p".utf8))
        #expect(server.verificationEnded(.unavailable) == .failure(.unavailable))
    }
}

/// One login by one client at one server whose only user is `üser,=x` with the password `right`.
struct Conversation {
    let mechanism: SASLMechanism
    let password: String
    var clientBindings = SASLConversationTests.bindings
    var serverBindings = SASLConversationTests.bindings
    var offersPlus = true
    var isDecoy = false
    var marksDecoy = false

    init(_ mechanism: SASLMechanism, password: String) {
        self.mechanism = mechanism
        self.password = password
    }

    static let stored = SCRAMCredentials(password: Secret("right"), salt: Array(1...16), iterations: 4_096)

    func run() throws -> SASLServerAction {
        var client = SASLClient(
            self.mechanism,
            credentials: SASLClientCredentials(login: "üser,=x", password: Secret(self.password)),
            bindings: self.clientBindings,
            serverOffersPlus: self.offersPlus
        )
        var server = SASLServer(
            self.mechanism,
            offer: SASLOffer(allowsPasswords: true, bindings: self.serverBindings)
        )
        var action = server.begin(initialResponse: try client.begin())
        while true {
            switch action {
            case .challenge(let challenge): action = server.responseReceived(try client.challengeReceived(challenge))
            case .verifyPassword(let claim):
                let isRight = claim.login == "üser,=x" && claim.password == Secret("right")
                action = server.verificationEnded(isRight ? .accepted : .denied)
            case .findCredentials(let login): action = server.credentialsFound(try self.credentials(login))
            case .verifyCertificate: action = server.verificationEnded(.denied)
            case .success:
                try client.successReceived()
                return action
            case .failure: return action
            }
        }
    }

    private func credentials(_ login: String) throws -> SCRAMCredentials {
        if self.isDecoy { return .decoy(login: login, key: Secret("key"), iterations: 4_096, saltOctets: 16) }
        let stored = try #require(Self.stored)
        return SCRAMCredentials(
            salt: stored.salt,
            iterations: stored.iterations,
            storedKey: stored.storedKey,
            serverKey: stored.serverKey,
            isDecoy: self.marksDecoy
        )
    }
}
