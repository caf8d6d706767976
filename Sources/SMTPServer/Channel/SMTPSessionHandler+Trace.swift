internal import Listener
internal import MailTypes
internal import Reception
internal import SMTPWire
internal import Telemetry
internal import Trace

/// What the trace is told of messages that reception never sees.
extension SMTPSessionHandler {
    /// Records what the machine's last event has refused.
    func traceRefused() {
        guard let refused = self.machine.takeRefused() else { return }
        // A client may be refused as fast as it can talk.
        guard self.refusalsTraced < SMTPSessionLimits.tracedRefusalsMax else { return }
        self.refusalsTraced += 1
        self.service.journal.record(
            self.info.id,
            .messageRefused,
            (.reversePath, refused.sender.description),
            (.recipient, refused.recipients.traceText),
            (.reply, refused.reply?.description ?? ""),
            (.reason, refused.reply == nil ? "the client went away within the message" : "")
        )
    }

    /// The message given to the spool comes to nothing.
    ///
    /// - Parameter reply: `nil` when the client went away.
    func traceRefused(_ reply: SMTPReply?) {
        self.machine.noteRefused(reply)
        self.traceRefused()
    }
}
