internal import MIME
package import MailTypes

extension SieveNotify {
    /// Writes the notification as a message. RFC 5436 §2.
    ///
    /// - Parameters:
    ///   - messageID: the notification's own, angle brackets included.
    ///   - site: what it comes from when the script does not say.
    ///   - owner: whose script it was.
    package func message(messageID: String, now: Instant, site: String, owner: String) -> [UInt8] {
        var message = OutgoingMessage()
        message.add("Message-ID", messageID)
        message.add("Date", RFC5322Date.format(now))
        message.add(mailbox: self.from ?? site, as: "From")
        message.add(mailboxes: self.recipients.map(\.text), as: "To")
        message.add(mailboxes: self.copies.map(\.text), as: "Cc")
        message.add("Subject", self.subject)
        message.add("Auto-Submitted", "auto-notified; owner-email=\"\(owner)\"")
        message.add("Precedence", "bulk")
        message.add("Importance", ["high", "normal", "low"][self.importance - 1])
        message.add("X-Priority", ["1 (Highest)", "3 (Normal)", "5 (Lowest)"][self.importance - 1])
        for field in self.fields { message.add(field.name, field.value) }
        message.add("MIME-Version", "1.0")
        message.append(text: Array(self.body.utf8))
        return message.bytes
    }
}
