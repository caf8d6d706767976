internal import Directory
internal import Listener
internal import Logging
internal import MailTypes
internal import ManageSieveWire
internal import NIOCore
internal import Sessions
internal import Telemetry

/// From frames to commands: what can be answered at once is, the rest becomes work for a task.
extension ManageSieveConnection {
    /// Handles frames in order until one of them needs a task, or none is left. A client that does not read what it
    /// has asked for is asked nothing more.
    func nextWork() -> ManageSieveWork? {
        while !self.machine.isClosed, self.channel.isWritable, let frame = self.framer.nextFrame() {
            if let work = self.received(frame) { return work }
            if self.output.readableBytes > SessionTransport.outputOctetsMax { self.flush() }
        }
        return nil
    }

    func perform(_ work: ManageSieveWork) async {
        switch work {
        case .login(let login): await self.perform(login)
        case .command(let command): await self.perform(command)
        }
    }

    private func received(_ frame: ManageSieveFramer.Frame) -> ManageSieveWork? {
        switch frame {
        case .command(let bytes):
            return self.commandReceived(bytes)
        case .saslResponse(let line):
            self.noteReceived("(left out)")
            return self.saslResponseReceived(line)
        case .refused(let error):
            if self.exchange != nil { return self.continueExchange(.malformed).map { .login($0) } }
            self.answer(self.machine.errorMade(self.machine.isAuthenticated ? error.reply : .tooLarge))
        case .closed(let error):
            self.output.writeManageSieveReply(error.reply)
            self.machine.closed()
        }
        return nil
    }

    private func commandReceived(_ bytes: ByteBuffer) -> ManageSieveWork? {
        let command: ManageSieveCommand
        do throws(ManageSieveSyntaxError) {
            command = try ManageSieveCommandParser.parse(bytes)
        } catch {
            self.noteMisunderstood(bytes)
            self.resumeCommands()
            self.answer(self.machine.errorMade(error.reply))
            return nil
        }
        if self.tellsLines { self.noteReceived(command, bytes) }
        if command != .logout, self.endsWithAccount() { return nil }
        let action = self.machine.commandReceived(command)
        if action == .perform { return self.performNow(command) }
        self.resumeCommands()
        self.answer(action)
        return nil
    }

    private func answer(_ action: ManageSieveSessionStateMachine.Action) {
        switch action {
        case .perform: break
        case .refuse(let reply), .close(let reply): self.output.writeManageSieveReply(reply)
        }
    }

    /// Carries out what needs neither disk nor directory.
    private func performNow(_ command: ManageSieveCommand) -> ManageSieveWork? {
        switch command {
        case .capability:
            self.output.writeManageSieveCapabilities(self.capabilities)
            self.output.writeManageSieveReply(.capabilityCompleted)
        case .noop(let tag):
            self.output.writeManageSieveReply(.done("NOOP completed", tag.map { .tag($0) }))
        case .logout:
            self.output.writeManageSieveReply(.goodbye)
            self.machine.closed()
        case .startTLS:
            self.startTLS()
        case .authenticate(let mechanism, let initialResponse):
            return self.authenticate(mechanism, initialResponse)
        case .unauthenticate:
            self.unauthenticate()
        case .haveSpace, .putScript, .listScripts, .setActive, .getScript, .deleteScript, .renameScript, .checkScript:
            return .command(command)
        }
        return nil
    }

    /// What went wrong on our side is told to the log, once, and to the client in general words.
    func noteFailure(_ error: any Error, doing operation: StaticString) {
        self.service.logger.error(
            "a ManageSieve command failed",
            metadata: Logger.Metadata([
                .session: "\(self.transport.info.id)", .user: self.user?.login ?? "", .operation: "\(operation)",
                .error: "\(error)",
            ])
        )
    }
}
