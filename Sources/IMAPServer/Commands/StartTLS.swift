internal import IMAPWire
internal import Listener
internal import NIOCore
internal import Sessions

/// STARTTLS and LOGOUT: how a connection becomes private, and how it ends. RFC 9051 §6.2.1, §6.1.3.
extension IMAPConnection {
    /// Whatever the client sent behind STARTTLS was not encrypted, so nobody knows who wrote it: it is dropped.
    func startTLS(_ tag: String) {
        guard let context = self.transport.tlsContexts?.current else {
            self.framer.resume(.commands)
            self.output.writeReply(tag, Reply(.encryptionUnavailable))
            return
        }
        self.output.writeTagged(tag, .ok, "Begin TLS negotiation now")
        do {
            try self.beginTLS(context)
        } catch {
            self.noteFailure(error, doing: "STARTTLS")
            self.machine.closed()
            return
        }
        self.framer.discardBuffered()
        self.machine.tlsStarted()
        self.framer.resume(.commands)
    }

    func logOut(_ tag: String) {
        self.output.writeUntagged(.bye, "Logging out")
        self.output.writeTagged(tag, .ok, "LOGOUT completed")
        self.machine.closed()
    }
}
