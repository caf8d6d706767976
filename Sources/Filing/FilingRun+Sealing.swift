internal import Logging
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Storage
internal import Telemetry

extension FilingRun {
    /// A content's bytes. What is sent on is sealed when its sender was checked here, so that the next host can believe
    /// what that found though the message now comes from us. RFC 8617 §2.
    ///
    /// A message that cannot be sealed is sent on without: a key that fails once fails the next time too.
    func make(_ content: FiledContent) -> MessageContent {
        let made = content.make(of: self.message)
        guard case .redirected = content, !self.envelope.verdicts.isEmpty, case .inline(let text) = made else {
            return made
        }
        do {
            var sealed = ByteBuffer(bytes: try self.filing.seal(text, self.message, self.options))
            sealed.writeImmutableBuffer(text)
            return .inline(sealed)
        } catch {
            self.filing.log.error(
                "a message is sent on unsealed",
                metadata: .init([.message: self.delivery.traceID.description, .error: "\(error)"])
            )
            return made
        }
    }
}
