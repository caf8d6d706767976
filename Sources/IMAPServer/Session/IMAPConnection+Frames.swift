internal import IMAPWire
internal import NIOCore
internal import Sessions

/// From frames to commands: what can be answered at once is, the rest becomes work for a task.
extension IMAPConnection {
    /// Handles frames in order until one of them needs a task, or none is left.
    func nextWork() -> IMAPWork? {
        // A client that takes nothing is told later, of everything at once.
        if self.hasNews, self.machine.isIdling, self.channel.isWritable {
            self.hasNews = false
            if !self.tellNewsNow() { return .news }
        }
        while !self.machine.isClosed, let frame = self.framer.next() {
            if let work = self.received(frame) { return work }
        }
        return nil
    }

    func perform(_ work: IMAPWork) async {
        switch work {
        case .command(let request): await self.perform(request)
        case .login(let login): await self.perform(login)
        case .append(let frame): await self.performAppend(frame)
        case .news: await self.tellNews()
        }
    }

    private func received(_ frame: IMAPFrame) -> IMAPWork? {
        switch frame {
        case .command(let bytes, let stops):
            return self.commandReceived(bytes, stops: stops)
        case .literalAnnounced:
            self.output.writeContinuation()
            self.framer.acceptLiteral()
        case .authenticationLine(let line):
            self.noteReceived("(left out)")
            return self.authenticationLineReceived(line)
        case .idleEnded(let isDone):
            self.noteReceived(isDone ? "DONE" : "(not DONE)")
            self.endIdle(isDone: isDone)
        case .appendBegan, .appendContinued, .appendChunk, .appendMessageEnded, .appendEnded:
            return self.appendReceived(frame)
        case .refused(let refusal):
            self.abandonAppend()
            self.refused(refusal)
        case .closed(let refusal):
            self.output.writeBye(refusal)
            self.machine.closed()
        }
        return nil
    }

    private func commandReceived(_ bytes: ByteBuffer, stops: Bool) -> IMAPWork? {
        let request: IMAPRequest
        do {
            request = try IMAPRequest.parse(bytes)
        } catch {
            self.noteMisunderstood(bytes)
            if stops { self.framer.resume(.commands) }
            self.refused(error)
            return nil
        }
        if self.tellsLines { self.noteReceived(request, bytes) }
        if request.command != .logout, self.endsWithAccount() { return nil }
        let action = self.machine.commandReceived(request.command)
        if action == .perform { return self.performNow(request) }
        if stops { self.framer.resume(.commands) }
        self.answer(request.tag, action)
        return nil
    }

    /// Carries out what needs neither disk nor directory.
    private func performNow(_ request: IMAPRequest) -> IMAPWork? {
        switch request.command {
        case .capability:
            self.output.writeCapabilities(self.capabilities)
            self.output.writeTagged(request.tag, .ok, "CAPABILITY completed")
        case .noop, .check:
            guard self.tellNewsNow() else { return .command(request) }
            let isCheck = request.command == .check
            self.output.writeTagged(request.tag, .ok, isCheck ? "CHECK completed" : "NOOP completed")
        case .id(let fields):
            self.identify(request.tag, fields)
        case .logout:
            self.logOut(request.tag)
        case .startTLS:
            self.startTLS(request.tag)
        case .namespace:
            self.output.writeNamespace()
            self.output.writeTagged(request.tag, .ok, "NAMESPACE completed")
        case .enable(let names):
            self.enable(request.tag, names)
        case .unselect:
            self.unselect(request.tag)
        case .login(let user, let password):
            return self.logIn(request.tag, user: user, password: password)
        case .authenticate(let authenticate):
            return self.authenticate(request.tag, authenticate)
        case .idle:
            return self.beginIdle(request.tag)
        default:
            return .command(request)
        }
        return nil
    }

    // MARK: - Refusals

    private func refused(_ refusal: IMAPRefusal) {
        self.output.writeRefusal(refusal)
        // A message that is too large is no error of a program's.
        if [.messageTooLong, .messagesTooMany, .messagesTooLong].contains(refusal.reason) { return }
        if case .refuseThenClose = self.machine.syntaxErrorReceived() { self.farewell() }
    }

    func answer(_ tag: String, _ action: IMAPSessionStateMachine.Action) {
        switch action {
        case .perform:
            break
        case .refuse(let refusal):
            self.output.writeReply(tag, Reply(refusal))
        case .refuseThenClose(let refusal):
            self.output.writeReply(tag, Reply(refusal))
            self.farewell()
        }
    }

    private func farewell() {
        self.output.writeUntagged(.bye, "Too many errors")
    }
}
