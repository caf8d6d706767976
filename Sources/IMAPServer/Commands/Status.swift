internal import IMAPWire
internal import MailStore
internal import NIOCore

/// STATUS: a mailbox's figures, without opening it. RFC 9051 §6.3.11, RFC 8438, RFC 7889.
extension IMAPConnection {
    func status(_ mailbox: WireMailbox, _ items: StatusItems) async throws -> Reply {
        if items.contains(.highestModSeq) { self.enableCondstore() }
        let summary = try await self.summary(of: mailbox)
        self.output.writeStatus(mailbox.name, self.values(of: summary, items))
        return Reply(.ok, nil, "STATUS completed")
    }

    func values(of summary: MailboxSummary, _ items: StatusItems) -> StatusValues {
        var values = StatusValues()
        if items.contains(.messages) { values.messages = summary.messages }
        if items.contains(.recent) { values.recent = summary.recent }
        if items.contains(.uidNext) { values.uidNext = summary.uidNext }
        if items.contains(.uidValidity) { values.uidValidity = summary.uidValidity }
        if items.contains(.unseen) { values.unseen = summary.unseen }
        if items.contains(.deleted) { values.deleted = summary.deleted }
        if items.contains(.size) { values.size = summary.octets }
        if items.contains(.highestModSeq) { values.highestModSeq = summary.highestModSeq }
        if items.contains(.appendLimit) {
            values.appendLimit = self.service.configuration.wire.appendMessageOctetsMax
        }
        return values
    }
}
