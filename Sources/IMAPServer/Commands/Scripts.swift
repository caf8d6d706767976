internal import Directory
internal import Filing
internal import MailStore
internal import MailTypes

/// Scripts that run because of APPEND, COPY, MOVE and STORE, or of a FETCH that makes messages read. RFC 6785.
extension IMAPConnection {
    /// Whether a script of the account may have to run.
    var hasScripts: Bool {
        guard self.service.filing != nil, let user = self.user else { return false }
        return self.service.store.hasEventScripts(user.account)
    }

    /// Runs the mailbox's script on messages that a command has just added or changed, before the command is answered:
    /// so its client is told with the answer what has become of them.
    ///
    /// Whatever comes of it, the command was carried out.
    func runScript(_ cause: MailboxEvent.Cause, in mailbox: MailboxID, _ uids: [UID]) async {
        guard self.hasScripts, let filing = self.service.filing, let user = self.user else { return }
        await filing.run(MailboxEvent(cause, in: mailbox, uids, of: user.account, by: user.login))
    }
}
