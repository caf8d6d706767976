internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire

/// DELE, RSET and QUIT: what is to go, and when it goes. RFC 1939 §5, §6.
extension POP3Connection {
    func markDeleted(_ number: Int) {
        guard self.maildrop?.markDeleted(number) == true else { return self.errorMade(.noSuchMessage) }
        self.output.writePOP3Reply(.done("Marked as deleted"))
    }

    func reset() {
        self.maildrop?.unmarkAll()
        self.output.writePOP3Reply(.done("\(self.maildrop?.messagesLeft ?? 0) messages"))
    }

    /// The session's one change to the mailbox. The client hears of success only when the store has answered, and the
    /// maildrop is free before it hears anything, so that it may come again at once.
    func quit() async {
        var reply = POP3Reply.goodbye
        if let maildrop = self.maildrop {
            self.readAhead.drop()
            reply = await self.update(maildrop)
            maildrop.release()
            self.maildrop = nil
        }
        guard !self.machine.isClosed else { return }
        self.output.writePOP3Reply(reply)
        self.machine.closed()
    }

    private func update(_ maildrop: Maildrop) async -> POP3Reply {
        let store = self.service.store
        let seen = self.service.configuration.marksRetrievedSeen ? maildrop.newlySeenUIDs : []
        let deleted = maildrop.deletedUIDs
        do {
            if !seen.isEmpty {
                _ = try await store.changeFlags(
                    FlagChange(.add, flags: .seen),
                    of: seen,
                    in: maildrop.mailbox,
                    of: maildrop.account
                )
            }
            if !deleted.isEmpty {
                _ = try await store.remove(uids: deleted, in: maildrop.mailbox, of: maildrop.account)
            }
        } catch {
            self.noteFailure(error, doing: "QUIT")
            return deleted.isEmpty ? .goodbye : .notDeleted
        }
        return .goodbye
    }
}
