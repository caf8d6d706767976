internal import MailStore
internal import MailTypes
internal import SieveLanguage

extension FiledCopy {
    /// A copy as `fileinto` asks for it, without its flags.
    init(_ target: SieveFileInto, content: Int) {
        self.init(content: content, mailbox: MailboxName(target.mailbox) ?? .inbox)
        self.createsMailbox = target.createsMailbox
        self.mailboxID = target.mailboxID.flatMap { Int64($0) }.map { MailboxID(rawValue: $0) }
        self.specialUse = target.specialUse.flatMap { SpecialUse(named: $0) }
    }

    /// System flags by their names, the others as keywords. `\Recent` cannot be set. RFC 5232 §2.
    mutating func setFlags(_ names: [String]) {
        for name in names {
            guard name.utf8.first == UInt8(ascii: "\\") else {
                self.keywords.append(name)
                continue
            }
            switch name.lowercased() {
            case "\\seen": self.flags.insert(.seen)
            case "\\answered": self.flags.insert(.answered)
            case "\\flagged": self.flags.insert(.flagged)
            case "\\deleted": self.flags.insert(.deleted)
            case "\\draft": self.flags.insert(.draft)
            default: break
            }
        }
    }
}
