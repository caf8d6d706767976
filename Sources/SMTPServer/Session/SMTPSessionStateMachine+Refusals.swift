internal import MailTypes
internal import Reception
internal import SMTPWire

/// A message that was begun and never came to reception: what the trace is told of it.
struct RefusedMessage: Hashable {
    let sender: ReversePath
    /// Those that had been accepted.
    let recipients: [AcceptedRecipient]
    /// `nil` when the client went away.
    let reply: SMTPReply?
}

/// Messages that are refused before reception sees them, or broken off.
extension SMTPSessionStateMachine {
    /// The message begun comes to nothing; called while its envelope is still there.
    ///
    /// - Parameter sender: when it is not the message's yet.
    mutating func noteRefused(_ reply: SMTPReply?, from sender: EnvelopeSender? = nil) {
        guard let sender = sender ?? self.sender else { return }
        self.refused = RefusedMessage(sender: sender.reversePath, recipients: self.recipients, reply: reply)
    }

    /// What was refused by the last event, once.
    mutating func takeRefused() -> RefusedMessage? { self.refused.take() }

    /// The client went away. What it had said before the text of a message, or after it, is of no interest.
    mutating func connectionLost() {
        switch self.state {
        case .receivingMessage, .receivingChunk, .betweenChunks:
            self.noteRefused(nil)
            self.endTransaction()
            self.state = .closed
        case .connected, .ready, .checkingSender, .envelope, .checkingRecipient, .discardingChunk, .delivering,
            .authenticating, .startingTLS, .closed:
            break
        }
    }
}
