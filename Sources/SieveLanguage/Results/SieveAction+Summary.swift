/// Actions in the words that traces and reports show them with.
extension SieveAction {
    /// One line: `fileinto "Junk" with flags \Seen`, `redirect to bob@example.net`.
    package var summary: String {
        switch self {
        case .keep(let keep): "keep\(Self.describe(keep.flags))"
        case .fileInto(let target): target.summary
        case .redirect(let redirect): redirect.summary
        case .reject(let reject): "\(self.name): \(Self.firstLine(reject.reason))"
        case .vacation(let vacation): vacation.summary
        case .notify(let notify): notify.summary
        }
    }

    fileprivate static func describe(_ flags: [String]?) -> String {
        guard let flags else { return "" }
        return flags.isEmpty ? " without flags" : " with flags \(flags.joined(separator: " "))"
    }

    /// A text of several lines as its first one.
    fileprivate static func firstLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        return "\(lines.first ?? "")\(lines.count > 1 ? " …" : "")"
    }
}

extension SieveFileInto {
    fileprivate var summary: String {
        var text = "fileinto \"\(self.mailbox)\"\(SieveAction.describe(self.flags))"
        if let specialUse { text += ", where there is one the mailbox for \(specialUse)" }
        if let mailboxID { text += ", where there is one the mailbox of id \(mailboxID)" }
        if self.createsMailbox { text += ", made if missing" }
        if self.isCopy { text += ", as a copy" }
        return text
    }
}

extension SieveRedirect {
    fileprivate var summary: String {
        var text = "redirect to \(self.isList ? "the list " : "")\(self.address)"
        text += self.sender.isEmpty ? ", from the null sender" : ", from \(self.sender)"
        if let notify { text += ", NOTIFY=\(notify.joined(separator: ","))" }
        if let returns { text += ", RET=\(returns)" }
        if let deliverBy { text += ", to be delivered within \(deliverBy.seconds) seconds" }
        if self.isCopy { text += ", as a copy" }
        return text
    }
}

extension SieveVacation {
    fileprivate var summary: String {
        switch self.verdict {
        case .answer: "vacation: answer \(self.recipient), once in \(self.mark.seconds) seconds"
        case .withhold(let reason): "vacation: no answer, because \(reason)"
        }
    }
}

extension SieveNotify {
    fileprivate var summary: String {
        let recipients = (self.recipients + self.copies).map(\.address).joined(separator: ", ")
        if let withheld { return "notify: nothing is sent to \(recipients), because \(withheld)" }
        return "notify \(recipients): \(SieveAction.firstLine(self.subject))"
    }
}
