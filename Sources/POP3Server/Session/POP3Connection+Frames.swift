internal import Directory
internal import Listener
internal import Logging
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import Sessions
internal import Telemetry

/// From frames to commands: what can be answered at once is, the rest becomes work for a task.
extension POP3Connection {
    /// Handles frames in order until one of them needs a task, or none is left.
    func nextWork() -> POP3Work? {
        while !self.machine.isClosed {
            if self.mustDrain { return self.hasFrames ? .drain : nil }
            guard let frame = self.takeFrame() else { return nil }
            if let work = self.received(frame) { return work }
        }
        return nil
    }

    func perform(_ work: POP3Work) async {
        switch work {
        case .login(let login): await self.perform(login)
        case .retrieve(let retrievals): await self.retrieve(retrievals)
        case .listing(let listing): await self.list(listing)
        case .quit: await self.quit()
        case .drain: break
        }
    }

    func takeFrame() -> POP3Framer.Frame? {
        if let frame = self.waitingFrame {
            self.waitingFrame = nil
            return frame
        }
        return self.framer.nextFrame()
    }

    private var hasFrames: Bool { self.waitingFrame != nil || self.framer.octetsWaiting > 0 }

    private func received(_ frame: POP3Framer.Frame) -> POP3Work? {
        switch frame {
        case .command(let line):
            return self.commandReceived(line)
        case .authResponse(let line):
            self.noteReceived("(left out)")
            return self.authResponseReceived(SASLInput(base64: line))
        case .malformed(let error):
            if error.kind == .lineEndless {
                self.hangUp(error.reply)
            } else if self.exchange != nil {
                return self.authResponseReceived(.malformed)
            } else {
                self.errorMade(error.reply)
            }
            return nil
        }
    }

    private func commandReceived(_ line: ByteBuffer) -> POP3Work? {
        let command: POP3Command
        do throws(POP3SyntaxError) {
            command = try POP3CommandParser.parse(line)
        } catch {
            self.noteMisunderstood(line)
            self.framer.resumeIfStopped()
            self.errorMade(error.reply)
            return nil
        }
        if self.tellsLines { self.noteReceived(command, line) }
        // QUIT, too: what it would delete is not this session's any more.
        guard !self.hasLostAccount else {
            self.hangUp(.accountClosed)
            return nil
        }
        switch self.machine.commandReceived(command) {
        case .perform:
            return self.performNow(command)
        case .verify(let login):
            guard case .pass(let password) = command else { return nil }
            return self.logIn(login, password)
        case .refuse(let reply):
            self.framer.resumeIfStopped()
            self.output.writePOP3Reply(reply)
        case .refuseThenClose(let reply):
            self.output.writePOP3Reply(reply)
        }
        return nil
    }

    /// Answers what the client did wrong, and closes when it was too often.
    func errorMade(_ reply: POP3Reply) {
        switch self.machine.errorMade(reply) {
        case .refuse(let reply), .refuseThenClose(let reply): self.output.writePOP3Reply(reply)
        case .perform, .verify: break
        }
    }

    /// Carries out what needs neither disk nor directory.
    private func performNow(_ command: POP3Command) -> POP3Work? {
        switch command {
        case .user: self.output.writePOP3Reply(.nameTaken)
        case .pass: break
        case .stat: self.answerStat()
        case .list(nil): return .listing(.octets)
        case .uidl(nil): return .listing(.uniqueIDs)
        case .list(let number?): self.answerLine(number, .octets)
        case .uidl(let number?): self.answerLine(number, .uniqueIDs)
        case .retr(let number): return self.answerRetrieval(Retrieval(number: number, lines: nil))
        case .top(let number, let lines): return self.answerRetrieval(Retrieval(number: number, lines: lines))
        case .dele(let number): self.markDeleted(number)
        case .noop: self.output.writePOP3Reply(.goAhead)
        case .rset: self.reset()
        case .quit: return .quit
        case .capa: self.answerCapabilities()
        case .stls: self.startTLS()
        case .auth(let mechanism, let initialResponse): return self.authenticate(mechanism, initialResponse)
        }
        return nil
    }

    /// What went wrong on our side is told to the log, once, and to the client in general words.
    func noteFailure(_ error: any Error, doing operation: StaticString) {
        self.service.logger.error(
            "a POP3 command failed",
            metadata: Logger.Metadata([
                .session: "\(self.transport.info.id)", .user: self.user?.login ?? "", .operation: "\(operation)",
                .error: "\(error)",
            ])
        )
    }

    /// The postmaster learns which message it is.
    func note(_ message: RetrievalJob.Unreadable) {
        self.service.logger.error(
            "a message cannot be read",
            metadata: Logger.Metadata([
                .session: "\(self.transport.info.id)", .user: self.user?.login ?? "",
                .uid: "\(self.maildrop?.message(message.number)?.uid.rawValue ?? 0)", .operation: "RETR",
                .error: "\(message.error)",
            ])
        )
    }
}

extension POP3Framer {
    /// Goes on with commands after one that asked for more and was refused.
    mutating func resumeIfStopped() {
        if self.isStopped { self.resume(.commands) }
    }
}
