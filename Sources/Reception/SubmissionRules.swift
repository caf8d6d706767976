internal import Directory
internal import MIME
internal import MailTypes
internal import NIOCore
internal import SMTPWire

/// How a user's own message is checked and put in order before it goes anywhere. RFC 6409 §6.1, §8.
struct SubmissionRules {
    let directory: Directory
    let hostName: String
    let user: AuthenticatedUser?

    /// The sender and every address in From must be the user's own, so that nobody writes in another's name, and there
    /// must be one: an empty group is a From (RFC 6854), but not of a user's own message. RFC 5322 §3.6.2. Who leaves
    /// the field out is given one.
    ///
    /// - Returns: the refusal; `nil` when all is well.
    func refusal(_ header: HeaderInspection) -> SMTPReply? {
        guard let user = self.user else { return nil }
        if header.hasFromOfNobody { return ReceptionReplies.noAuthor }
        if header.isFromUnclear { return ReceptionReplies.fromNotOwned }
        for member in header.from where !member.isGroupStart && !member.isGroupEnd {
            guard let address = member.emailAddress, self.directory.owns(user, address) else {
                return ReceptionReplies.fromNotOwned
            }
        }
        return nil
    }

    /// What is missing is added; hidden recipients are taken out, and results in our name. RFC 6409 §8.2, §8.3.
    func edit(
        _ header: HeaderInspection,
        _ front: MessageFront,
        sender: ReversePath,
        date: String
    ) -> MessageEdit {
        var lines = ByteBuffer()
        if !header.hasDate { lines.writeString("Date: \(date)\r\n") }
        if header.messageID == nil { lines.writeString("Message-ID: <\(front.id)@\(self.hostName)>\r\n") }
        if !header.hasFrom, let from = sender.address?.description ?? self.user?.login {
            lines.writeString("From: <\(from)>\r\n")
        }
        return MessageEdit(position: front.octets, insertion: lines, cuts: header.unwanted)
    }
}
