package import MailTypes
package import NIOCore

/// What is told of mailboxes. RFC 9051 §7.3, §7.4.
extension ByteBuffer {
    /// `* 172 EXISTS`
    package mutating func writeExists(_ count: Int) {
        self.writeStaticString("* ")
        self.writeDecimal(count)
        self.writeStaticString(" EXISTS\r\n")
    }

    /// `* 1 RECENT` (RFC 3501 §7.3.2)
    package mutating func writeRecent(_ count: Int) {
        self.writeStaticString("* ")
        self.writeDecimal(count)
        self.writeStaticString(" RECENT\r\n")
    }

    /// `* 44 EXPUNGE`: the message has gone and all after it have moved down by one.
    package mutating func writeExpunge(_ sequence: UInt32) {
        self.writeStaticString("* ")
        self.writeDecimal(sequence)
        self.writeStaticString(" EXPUNGE\r\n")
    }

    /// `* FLAGS (\Answered \Flagged …)`
    package mutating func writeFlags(_ flags: FlagSet, _ names: FlagNames) {
        self.writeStaticString("* FLAGS ")
        self.writeFlagList(flags, names)
        self.writeStaticString("\r\n")
    }

    /// `* LIST (\HasNoChildren \Sent) "/" Sent`
    package mutating func writeList(_ mailbox: ListResponse) {
        self.writeListLine("* LIST (", mailbox)
    }

    /// `* LSUB () "/" Sent` (RFC 3501 §7.2.3)
    package mutating func writeLsub(_ mailbox: ListResponse) {
        self.writeListLine("* LSUB (", mailbox)
    }

    /// `* STATUS INBOX (MESSAGES 231 UIDNEXT 44292)`
    package mutating func writeStatus(_ mailbox: String, _ values: StatusValues) {
        self.writeStaticString("* STATUS ")
        self.writeMailbox(mailbox)
        self.writeStaticString(" (")
        var isFirst = true
        self.writeStatusItem("MESSAGES ", values.messages, &isFirst)
        self.writeStatusItem("RECENT ", values.recent, &isFirst)
        self.writeStatusItem("UIDNEXT ", values.uidNext.map { Int($0.rawValue) }, &isFirst)
        self.writeStatusItem("UIDVALIDITY ", values.uidValidity.map { Int($0.rawValue) }, &isFirst)
        self.writeStatusItem("UNSEEN ", values.unseen, &isFirst)
        self.writeStatusItem("DELETED ", values.deleted, &isFirst)
        self.writeStatusItem("SIZE ", values.size, &isFirst)
        self.writeStatusItem("HIGHESTMODSEQ ", values.highestModSeq.map { Int($0.rawValue) }, &isFirst)
        self.writeStatusItem("APPENDLIMIT ", values.appendLimit, &isFirst)
        self.writeStaticString(")\r\n")
    }

    private mutating func writeStatusItem(_ label: StaticString, _ value: Int?, _ isFirst: inout Bool) {
        guard let value else { return }
        if !isFirst { self.writeInteger(UInt8(ascii: " ")) }
        isFirst = false
        self.writeStaticString(label)
        self.writeDecimal(value)
    }

    private mutating func writeListLine(_ label: StaticString, _ mailbox: ListResponse) {
        self.writeStaticString(label)
        var isFirst = true
        for (attribute, name) in ListResponse.Attributes.names where mailbox.attributes.contains(attribute) {
            if !isFirst { self.writeInteger(UInt8(ascii: " ")) }
            isFirst = false
            self.writeStaticString(name)
        }
        if let use = mailbox.specialUse {
            if !isFirst { self.writeInteger(UInt8(ascii: " ")) }
            self.writeString(use.rawValue)
        }
        self.writeStaticString(") \"/\" ")
        self.writeMailbox(mailbox.name)
        self.writeStaticString(
            mailbox.hasSubscribedChildInfo ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n" : "\r\n"
        )
    }
}

extension ListResponse.Attributes {
    fileprivate static let names: [(Self, StaticString)] = [
        (.noInferiors, "\\Noinferiors"), (.noSelect, "\\Noselect"), (.nonExistent, "\\NonExistent"),
        (.hasChildren, "\\HasChildren"), (.hasNoChildren, "\\HasNoChildren"), (.subscribed, "\\Subscribed"),
        (.marked, "\\Marked"), (.unmarked, "\\Unmarked"), (.remote, "\\Remote"),
    ]
}
