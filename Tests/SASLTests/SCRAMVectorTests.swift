import MailBytes
import MailTypes
import SASL
import Testing

/// The example of RFC 7677 §3: user `user`, password `pencil`.
@Suite("SCRAM-SHA-256 by its standard's example")
struct SCRAMVectorTests {
    static let clientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    static let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    static let serverFirst = "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    static let clientFinal = "c=biws,r=\(nonce),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    static let serverFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

    @Test("the server says what the standard's server says")
    func server() throws {
        var server = SASLServer(
            .scramSHA256,
            offer: SASLOffer(allowsPasswords: true),
            nonce: SCRAMNonce(verbatim: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        )
        let credentials = try #require(
            SCRAMCredentials(
                password: Secret("pencil"),
                salt: Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==") ?? [],
                iterations: 4_096
            )
        )
        #expect(server.begin(initialResponse: Array(Self.clientFirst.utf8)) == .findCredentials(login: "user"))
        #expect(server.credentialsFound(credentials) == .challenge(Array(Self.serverFirst.utf8)))
        #expect(server.responseReceived(Array(Self.clientFinal.utf8)) == .challenge(Array(Self.serverFinal.utf8)))
        #expect(server.responseReceived([]) == .success(SASLIdentity(login: "user")))
        #expect(server.responseReceived([]) == .failure(.malformed))
    }

    @Test("the client says what the standard's client says")
    func client() throws {
        var client = SASLClient(
            .scramSHA256,
            credentials: SASLClientCredentials(login: "user", password: Secret("pencil")),
            nonce: SCRAMNonce(verbatim: "rOprNGfwEbeRWgbNEkqO")
        )
        #expect(try client.begin() == Array(Self.clientFirst.utf8))
        #expect(try client.challengeReceived(Array(Self.serverFirst.utf8)) == Array(Self.clientFinal.utf8))
        #expect(try client.challengeReceived(Array(Self.serverFinal.utf8)) == [])
        try client.successReceived()
    }

    @Test(
        "a client does not believe a server that has not proved itself",
        arguments: ["v=AAriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "v=!", "x=y", "", "e=invalid-proof"]
    )
    func wrongServer(_ final: String) throws {
        var client = SASLClient(
            .scramSHA256,
            credentials: SASLClientCredentials(login: "user", password: Secret("pencil")),
            nonce: SCRAMNonce(verbatim: "rOprNGfwEbeRWgbNEkqO")
        )
        _ = try client.begin()
        _ = try client.challengeReceived(Array(Self.serverFirst.utf8))
        #expect(throws: SASLClientError.self) { try client.challengeReceived(Array(final.utf8)) }
        #expect(throws: SASLClientError.unprovedServer) { try client.successReceived() }
    }

    @Test(
        "a client refuses a server's first message that is short of nonce, salt or rounds",
        arguments: [
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=\(nonce),s=,i=4096",
            "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999",
            "m=x,r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,m=x",
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,r=\(nonce),i=4096",
        ]
    )
    func wrongFirst(_ first: String) throws {
        var client = SASLClient(
            .scramSHA256,
            credentials: SASLClientCredentials(login: "user", password: Secret("pencil")),
            nonce: SCRAMNonce(verbatim: "rOprNGfwEbeRWgbNEkqO")
        )
        _ = try client.begin()
        #expect(throws: SASLClientError.malformedChallenge) { try client.challengeReceived(Array(first.utf8)) }
    }
}
