internal import NIOCore

/// From the server's greeting to a session that can take mail.
extension SMTPClientStateMachine {
    mutating func greeted(_ reply: SMTPReply) -> Action {
        guard reply.isCompletion else { return self.fail(.refused(reply)) }
        return self.sayHello()
    }

    mutating func sayHello() -> Action {
        self.state = .hello
        self.capabilities = SMTPCapabilities(domain: "")
        let verb = self.configuration.dialect == .lmtp ? "LHLO" : "EHLO"
        return .send(ByteBuffer(string: "\(verb) \(self.configuration.helloName)\r\n"))
    }

    /// A server that does not know EHLO is greeted as servers were before it, if what it cannot do then is not needed.
    /// RFC 5321 §3.2.
    mutating func helloAnswered(_ reply: SMTPReply) -> Action {
        if reply.isCompletion {
            self.capabilities = SMTPCapabilities(reply)
            return self.helloDone()
        }
        guard reply.isPermanentFailure, self.configuration.dialect == .smtp else { return self.fail(.refused(reply)) }
        if self.configuration.tls == .required && !self.isSecure { return self.fail(.tlsUnavailable) }
        if self.configuration.mustAuthenticate { return self.fail(.authenticationUnavailable) }
        self.state = .helo
        return .send(ByteBuffer(string: "HELO \(self.configuration.helloName)\r\n"))
    }

    mutating func heloAnswered(_ reply: SMTPReply) -> Action {
        guard reply.isCompletion else { return self.fail(.refused(reply)) }
        self.capabilities = SMTPCapabilities(domain: reply.lines[0].split(separator: " ").first.map(String.init) ?? "")
        self.state = .idle
        return .ready(self.capabilities)
    }

    mutating func startTLSAnswered(_ reply: SMTPReply) -> Action {
        if reply.isCompletion {
            self.state = .handshake
            return .startTLS
        }
        guard self.configuration.tls == .whenOffered else { return self.fail(.tlsUnavailable) }
        return self.secured()
    }

    /// The server goes on (334), lets us in (235), or does not.
    mutating func authenticationJudged(_ reply: SMTPReply) -> Action {
        if reply.code == 334 {
            // A server that asks on and on would be answered for ever. RFC 4954 §4.
            guard !self.hasGivenUpLogin else { return self.protocolViolated() }
            self.state = .authenticating
            return .answerChallenge(reply.lines[0])
        }
        guard reply.isCompletion else { return self.fail(.authenticationRefused(reply)) }
        self.state = .idle
        return .ready(self.capabilities)
    }

    private mutating func helloDone() -> Action {
        guard !self.isSecure, self.configuration.tls != .never else { return self.secured() }
        if self.capabilities.extensions.contains(.startTLS) {
            self.state = .startTLS
            return .send(ByteBuffer(string: "STARTTLS\r\n"))
        }
        return self.configuration.tls == .required ? self.fail(.tlsUnavailable) : self.secured()
    }

    /// TLS is settled, one way or the other.
    private mutating func secured() -> Action {
        guard self.configuration.mustAuthenticate else {
            self.state = .idle
            return .ready(self.capabilities)
        }
        guard !self.capabilities.mechanisms.isEmpty else { return self.fail(.authenticationUnavailable) }
        self.state = .authenticating
        return .authenticate(mechanisms: self.capabilities.mechanisms)
    }
}
