internal import Directory
internal import Listener
internal import Logging
internal import MailStore
internal import MailTypes
internal import Sessions
internal import Storage
internal import Telemetry

/// A message whose bytes cannot be had, and why: its file is gone or cut short, or the disk cannot read it.
struct UnreadableMessage: Sendable {
    let uid: UID
    let error: StorageError
}

extension IMAPConnection {
    /// The postmaster learns which message it is; the client only that there is one.
    ///
    /// - Parameter count: so many the command has met by now.
    /// - Throws: why it cannot be read, when those are too many to go on.
    func note(_ message: UnreadableMessage?, _ count: Int, doing operation: StaticString) throws {
        guard let message else { return }
        guard count <= self.service.configuration.session.unreadableMessagesMax else { throw message.error }
        self.service.logger.error(
            "a message cannot be read",
            metadata: Logger.Metadata([
                .session: "\(self.transport.info.id)", .user: self.user?.login ?? "",
                .mailbox: "\(self.selected?.live.id.rawValue ?? 0)", .uid: "\(message.uid.rawValue)",
                .operation: "\(operation)", .error: "\(message.error)",
            ])
        )
    }
}
