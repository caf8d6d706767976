import Glibc
import NIOCore
import SMTPWire
import Testing

@testable import Delivery

@Suite("why a next host cannot be connected to")
struct ConnectFailureTests {
    @Test(
        "the reply says why, in words of ours",
        arguments: [
            (ECONNREFUSED, ": connection refused"), (ETIMEDOUT, ": connection timed out"),
            (EHOSTUNREACH, ": no route to it"), (ENETUNREACH, ": no route to it"), (EPERM, ""),
        ]
    )
    func reason(_ number: Int32, _ reason: String) {
        let failure = RelayFailure(connecting: IOError(errnoCode: number, reason: "connect"))
        #expect(failure.reply.description == "451 4.4.1 Cannot connect to the next host\(reason)")
    }

    @Test("so does a host that does not answer")
    func timeout() {
        let failure = RelayFailure(connecting: ChannelError.connectTimeout(.seconds(30)))
        #expect(failure.reply.description.hasSuffix(": connection timed out"))
    }
}
