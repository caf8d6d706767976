internal import Directory
internal import IMAPWire
internal import Listener
internal import Logging
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Sessions
internal import Telemetry

/// Running one command that waits for something, from its beginning to its tagged answer.
extension IMAPConnection {
    /// Whose mail the session is about.
    var account: AccountID {
        get throws(Reply) {
            guard let user = self.user else { throw Reply(.needsLogin) }
            return user.account
        }
    }

    /// Carries out a command the state machine allowed; then tells what changed in the selected mailbox; then answers.
    func perform(_ request: IMAPRequest) async {
        var reply: Reply
        do {
            reply = try await self.dispatch(request)
        } catch {
            // What fails because the account went while the command ran is no failure of ours.
            if self.endsWithAccount() { return }
            reply = self.reply(to: error)
        }
        await self.tellNews(Self.telling(for: request.command))
        guard !self.machine.isClosed else { return }
        self.output.writeReply(request.tag, reply)
    }

    /// What a client is told of an error; failures are logged here and nowhere else.
    func reply(to error: any Error) -> Reply {
        let (reply, isFailure) = Reply.answer(to: error)
        if isFailure { self.noteFailure(error, doing: "command") }
        return reply
    }

    func noteFailure(_ error: any Error, doing operation: StaticString) {
        self.service.logger.error(
            "an IMAP command failed",
            metadata: Logger.Metadata([
                .session: "\(self.transport.info.id)", .user: self.user?.login ?? "", .operation: "\(operation)",
                .error: "\(error)",
            ])
        )
    }

    /// EXPUNGE would shift the numbers of a command that uses them. RFC 9051 §7.5.1.
    private static func telling(for command: IMAPCommand) -> Telling {
        switch command {
        case .fetch(let fetch): Telling(allowsExpunge: fetch.numbering == .uid, includesUID: fetch.numbering == .uid)
        case .store(let store): Telling(allowsExpunge: store.numbering == .uid, includesUID: store.numbering == .uid)
        case .search(let search): Telling(allowsExpunge: search.numbering == .uid, includesUID: false)
        case .uidExpunge: Telling(includesUID: true)
        case .copy(let copy), .move(let copy): Telling(includesUID: copy.numbering == .uid)
        default: Telling()
        }
    }

    private func dispatch(_ request: IMAPRequest) async throws -> Reply {
        switch request.command {
        case .noop: Reply(.ok, nil, "NOOP completed")
        case .check: Reply(.ok, nil, "CHECK completed")
        case .select(let select): try await self.select(select, isReadOnly: false)
        case .examine(let select): try await self.select(select, isReadOnly: true)
        case .close: try await self.close()
        case .create(let create): try await self.create(create)
        case .delete(let mailbox): try await self.delete(mailbox)
        case .rename(let from, let to): try await self.rename(from: from, to: to)
        case .subscribe(let mailbox): try await self.subscribe(mailbox)
        case .unsubscribe(let mailbox): try await self.unsubscribe(mailbox)
        case .list(let list): try await self.list(list)
        case .lsub(let reference, let pattern): try await self.lsub(reference: reference, pattern: pattern)
        case .status(let mailbox, let items): try await self.status(mailbox, items)
        case .getMetadata(let get): try await self.getMetadata(get)
        case .setMetadata(let set): try await self.setMetadata(set)
        case .expunge: try await self.expunge()
        case .uidExpunge(let messages): try await self.expunge(messages)
        case .search(let search): try await self.search(search, tag: request.tag)
        case .fetch(let fetch): try await self.fetch(fetch)
        case .store(let store): try await self.store(store)
        case .copy(let copy): try await self.copy(copy)
        case .move(let move): try await self.move(move)
        case .capability, .logout, .id, .startTLS, .authenticate, .login, .enable, .namespace, .idle, .unselect:
            preconditionFailure("a command that is carried out at once came as work")
        }
    }
}
