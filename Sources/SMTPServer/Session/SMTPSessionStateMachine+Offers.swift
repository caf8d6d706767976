internal import MailTypes
internal import Reception
internal import SASL
internal import SMTPWire

/// What is announced to the client, which depends on the connection as it is now.
extension SMTPSessionStateMachine {
    /// Logging in can be had now: the connection is encrypted, or never leaves the machine and that is enough.
    var mayLogIn: Bool {
        self.facts.isEncrypted || (self.facts.isLoopback && self.options.allowsPlaintextOnLoopback)
    }

    var offer: SASLOffer {
        SASLOffer(
            allowsPasswords: self.mayLogIn,
            bindings: self.facts.bindings,
            hasClientCertificate: self.facts.hasClientCertificate
        )
    }

    /// What command lines may hold now. It names more than is announced where the machine has the better answer.
    var understood: SMTPExtensions {
        var extensions: SMTPExtensions = [.startTLS, .chunking]
        if self.options.offersLogin { extensions.insert(.auth) }
        if self.isExtended { extensions.formUnion(self.announced) }
        return extensions
    }

    private var announced: SMTPExtensions {
        var announced: SMTPExtensions = [
            .size, .pipelining, .eightBitMIME, .enhancedStatusCodes, .internationalized, .chunking,
        ]
        // Over LMTP nothing is queued for a local recipient, so nobody could send the notice later.
        if self.options.door != .lmtp { announced.formUnion([.dsn, .deliverBy]) }
        if self.facts.canStartTLS && !self.facts.isEncrypted { announced.insert(.startTLS) }
        if self.options.offersLogin && self.mayLogIn && !self.facts.isLoggedIn { announced.insert(.auth) }
        return announced
    }

    /// The commands that can be had now.
    var help: SMTPReply {
        var commands = self.options.door == .lmtp ? ["LHLO"] : ["HELO", "EHLO"]
        commands += ["MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "HELP"]
        if self.announced.contains(.startTLS) { commands.append("STARTTLS") }
        if self.announced.contains(.auth) { commands.append("AUTH") }
        return .help(commands)
    }

    var capabilities: SMTPReply {
        let capabilities = SMTPCapabilities(
            domain: self.options.hostName,
            extensions: self.announced,
            messageOctetsMax: self.options.messageOctetsMax,
            mechanisms: self.announced.contains(.auth) ? self.offer.mechanisms.map(\.rawValue) : []
        )
        var reply = capabilities.reply
        reply.lines.append("HELP")
        return reply
    }
}
