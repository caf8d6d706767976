internal import MailTypes
internal import Storage

/// `/private/specialuse` of a mailbox: no note beside it but the use that LIST shows. RFC 6154 §4.
enum SpecialUseAnnotation {
    /// As LIST shows it; `nil` when the mailbox has no use.
    static func value(of mailbox: MailboxRow?) -> [UInt8]? {
        mailbox?.specialUse.map { Array($0.rawValue.utf8) }
    }

    /// Whether it is among what is asked for.
    static func isWanted(_ names: [String], _ depth: AnnotationDepth) -> Bool {
        let own = AnnotationName.specialUse.text
        return names.contains { $0 == own || depth != .itself && $0 == "/private" }
    }

    /// Gives a mailbox a use that no other has, or takes its use away.
    ///
    /// - Parameter value: exactly as LIST shows it.
    static func set(_ value: [UInt8]?, of mailbox: MailboxID, in tree: MailboxTree) throws {
        let row = try MailboxRow.find(mailbox, in: tree.database)
        var use: SpecialUse?
        if let value {
            use = SpecialUse(rawValue: String(decoding: value, as: UTF8.self))
            guard let use else { throw AnnotationError.noSuchUse }
            // Mail is filed by use, into mailboxes only.
            guard row?.isSelectable == true else { throw MailStoreError.notSelectable }
            if row?.specialUse != use { try tree.requireFree(use) }
        }
        let statement = try tree.database.statement("UPDATE mailbox SET special_use = ?2 WHERE id = ?1")
        statement.bind(mailbox.rawValue, at: 1)
        statement.bind(use?.rawValue, at: 2)
        try statement.run()
        WriterMemory.forget(tree.account, tree.database)
    }
}
