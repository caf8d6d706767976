internal import Listener
internal import NIOCore
internal import POP3Wire
internal import SASL
internal import Sessions

/// CAPA and STLS: what is to be had, and how a connection becomes private. RFC 2449 §5, RFC 2595 §4.
extension POP3Connection {
    func answerCapabilities() {
        let capabilities = POP3Capabilities(
            offersTLS: self.machine.announcesTLS,
            offersUser: self.machine.allowsPasswords,
            mechanisms: self.saslOffer.mechanisms.map(\.rawValue)
        )
        self.output.writePOP3Reply(.done("Capabilities follow"))
        for line in capabilities.lines {
            self.output.writeString(line)
            self.output.writeStaticString("\r\n")
        }
        self.output.writePOP3End()
    }

    /// Whatever the client sent behind STLS was not encrypted, so nobody knows who wrote it: it is dropped.
    func startTLS() {
        guard let context = self.transport.tlsContexts?.current else {
            self.framer.resume(.commands)
            self.output.writePOP3Reply(.encryptionUnavailable)
            return
        }
        self.output.writePOP3Reply(.beginTLS)
        do {
            try self.beginTLS(context)
        } catch {
            self.noteFailure(error, doing: "STLS")
            self.machine.closed()
            return
        }
        self.machine.tlsStarted()
        self.framer.resume(.commandsAfterTLS)
    }
}
