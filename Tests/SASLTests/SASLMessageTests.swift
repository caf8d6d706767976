import MailTypes
import SASL
import Testing

@Suite("SASL messages")
struct SASLMessageTests {
    static let offer = SASLOffer(allowsPasswords: true, hasClientCertificate: true)

    @Test(
        "PLAIN takes exactly three fields",
        arguments: [
            ("\u{0}tim\u{0}tanstaaftanstaaf", nil, "tim", "tanstaaftanstaaf"),
            ("Ursel\u{0}Kurt\u{0}xipj3plmq", "Ursel", "Kurt", "xipj3plmq"),
            ("\u{0}ü@martlet.test\u{0}ü ü", nil, "ü@martlet.test", "ü ü"),
        ] as [(String, String?, String, String)]
    )
    func plain(_ message: String, _ identity: String?, _ login: String, _ password: String) {
        var server = SASLServer(.plain, offer: Self.offer)
        let claim = PasswordClaim(authorizationIdentity: identity, login: login, password: Secret(password))
        #expect(server.begin(initialResponse: Array(message.utf8)) == .verifyPassword(claim))
    }

    @Test(
        "PLAIN refuses what is not three fields within bounds",
        arguments: [
            "", "\u{0}", "\u{0}\u{0}", "tim", "tim\u{0}pw", "\u{0}tim\u{0}", "\u{0}\u{0}pw", "\u{0}tim\u{0}p\u{0}w",
            "\u{0}tim\u{0}pw\u{0}", "\u{0}" + String(repeating: "a", count: 513) + "\u{0}pw",
            "\u{0}tim\u{0}" + String(repeating: "p", count: 1_025),
            String(repeating: "i", count: 513) + "\u{0}tim\u{0}pw",
        ]
    )
    func plainRefused(_ message: String) {
        var server = SASLServer(.plain, offer: Self.offer)
        #expect(server.begin(initialResponse: Array(message.utf8)) == .failure(.malformed))
        #expect(server.verificationEnded(.accepted) == .failure(.malformed), "a refused exchange stays refused")
    }

    @Test("PLAIN refuses a login that is not UTF-8, and takes a password that is not")
    func plainNotUTF8() {
        var server = SASLServer(.plain, offer: Self.offer)
        #expect(server.begin(initialResponse: [0, 0xFF, 0, 0x70]) == .failure(.malformed))
        server = SASLServer(.plain, offer: Self.offer)
        let claim = PasswordClaim(login: "u", password: Secret([0xFF]))
        #expect(server.begin(initialResponse: [0, 0x75, 0, 0xFF]) == .verifyPassword(claim))
    }

    @Test("LOGIN asks for the name unless it came with the command")
    func login() {
        for initial in [nil, Array("bob".utf8)] as [[UInt8]?] {
            var server = SASLServer(.login, offer: Self.offer)
            var action = server.begin(initialResponse: initial)
            if initial == nil {
                #expect(action == .challenge(Array("Username:".utf8)))
                action = server.responseReceived(Array("bob".utf8))
            }
            #expect(action == .challenge(Array("Password:".utf8)))
            let claim = PasswordClaim(login: "bob", password: Secret("pw"))
            #expect(server.responseReceived(Array("pw".utf8)) == .verifyPassword(claim))
            #expect(server.verificationEnded(.accepted) == .success(SASLIdentity(login: "bob")))
        }
    }

    @Test(
        "SCRAM's first message is read whole or refused",
        arguments: [
            ("n,,n=user,r=abc", "user", nil),
            ("n,a=other,n=user,r=abc", "user", "other"),
            ("n,a=o=2Cx=3D,n=u=2Cs=3Der,r=abc,x=ignored", "u,s=er", "o,x="),
            ("y,,n=user,r=abc", "user", nil),
            // Marks that join the character before them are letters of the name like others.
            ("n,a=\u{301}o,n=\u{301}u,r=abc", "\u{301}u", "\u{301}o"),
        ] as [(String, String, String?)]
    )
    func scramFirst(_ message: String, _ login: String, _ identity: String?) {
        var server = SASLServer(.scramSHA256, offer: Self.offer)
        #expect(server.begin(initialResponse: Array(message.utf8)) == .findCredentials(login: login))
    }

    @Test(
        "SCRAM refuses a first message with anything wrong in it",
        arguments: [
            "", ",", ",,", "n", "n,,", "n,,n=user", "n,,r=abc,n=user", "n,,n=,r=abc", "n,,n=user,r=", "x,,n=user,r=abc",
            "n,b=x,n=user,r=abc", "n,,m=x,n=user,r=abc", "n,,n=user,r=abc,m=x", "n,,n=us=er,r=abc", "n,,n=us=2,r=abc",
            "n,,n=user,r=a c", "n,,n=user,r=ü", "n,a=,n=user,r=abc", "p=,,n=user,r=abc", "n,,n=us\u{0}er,r=abc",
            "n,,n=us\u{7}er,r=abc", "n,,n=user,\u{301},r=abc",
            "n,\u{301},n=user,r=abc", "n,,n=user,r=abc,", "n,,n=user,r=abc,x", "n,,n=user,r=abc,1=2",
            "n,,n=" + String(repeating: "u", count: 600) + ",r=abc", "n,,n=u,r=" + String(repeating: "r", count: 600),
        ]
    )
    func scramFirstRefused(_ message: String) {
        var server = SASLServer(.scramSHA256, offer: Self.offer)
        #expect(server.begin(initialResponse: Array(message.utf8)) == .failure(.malformed))
    }

    @Test(
        "the binding flag must fit the mechanism",
        arguments: [
            ("p=tls-exporter", SASLMechanism.scramSHA256), ("n", .scramSHA256Plus), ("y", .scramSHA256Plus),
            ("y", .scramSHA256), ("p=tls-unique", .scramSHA256Plus),
        ]
    )
    func bindingFlags(_ flag: String, _ mechanism: SASLMechanism) {
        let offer = SASLOffer(allowsPasswords: true, bindings: SASLConversationTests.bindings)
        var server = SASLServer(mechanism, offer: offer)
        let action = server.begin(initialResponse: Array("\(flag),,n=user,r=abc".utf8))
        #expect(action == .failure(.channelBindingMismatch))
    }

    @Test("a message larger than any mechanism needs ends the exchange", arguments: SASLMechanism.allCases)
    func tooLarge(_ mechanism: SASLMechanism) {
        var server = SASLServer(mechanism, offer: Self.offer)
        let message = [UInt8](repeating: 0x61, count: SASLLimits.messageOctetsMax + 1)
        #expect(server.begin(initialResponse: message) == .failure(.malformed))
    }

    @Test(
        "mechanism names are read in either case",
        arguments: [
            ("plain", SASLMechanism.plain), ("Scram-Sha-256-Plus", .scramSHA256Plus), ("LOGIN", .login),
            ("CRAM-MD5", nil), ("", nil), (String(repeating: "A", count: 300), nil),
        ] as [(String, SASLMechanism?)]
    )
    func names(_ name: String, _ mechanism: SASLMechanism?) {
        #expect(SASLMechanism(name: name) == mechanism)
    }

    @Test(
        "SASLprep keeps ASCII, maps spaces, drops what is invisible and refuses controls",
        arguments: [
            ("user", "user"), ("USER", "USER"), ("a b", "a b"), ("I\u{AD}X", "IX"), ("a\u{A0}b", "a b"), ("\u{7}", nil),
            ("ü", "ü"), ("a\u{200D}b", "ab"), ("\u{E000}", nil), ("\u{202E}x", nil), ("\u{FFFD}", nil), ("", nil),
            ("\u{AD}", nil), ("a\u{85}", nil), ("\u{E0041}", nil), ("日本", "日本"),
        ] as [(String, String?)]
    )
    func saslprep(_ text: String, _ prepared: String?) {
        #expect(SASLprep.prepare(Array(text.utf8)) == prepared.map { Array($0.utf8) })
    }
}
