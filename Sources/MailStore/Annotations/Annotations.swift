package import MailTypes
internal import Storage
internal import Synchronization

/// Annotations of mailboxes, and of the account as a whole. RFC 5464.
///
/// They belong to the mailbox and not to its name: they go with it when it is renamed, and away when it is deleted. A
/// name that only holds others has them, too (§4.1).
extension MailStore {
    /// Those of these names, and so far below them as is wanted, by name and each once.
    ///
    /// - Parameters:
    ///   - names: in lower case; also `/private` and `/shared`, which hold others only.
    ///   - mailbox: `nil` for the account's own.
    package func annotations(
        _ names: [String],
        _ depth: AnnotationDepth = .itself,
        of mailbox: MailboxID?,
        _ account: AccountID
    ) async throws -> [Annotation] {
        try await self.shard(of: account).read { database in
            let place = mailbox ?? AnnotationRows.account
            if let mailbox { try AnnotationRows.require(mailbox, of: account, database) }
            var found: [AnnotationName: [UInt8]] = [:]
            for name in names {
                if let own = AnnotationName(name) {
                    found[own] = try AnnotationRows.value(own, of: place, account, database)
                }
                guard depth != .itself else { continue }
                let level = name.utf8.count + 1
                for annotation in try AnnotationRows.below(name, of: place, account, database) {
                    let isChild = !annotation.name.text.utf8.dropFirst(level).contains(UInt8(ascii: "/"))
                    if depth == .all || isChild { found[annotation.name] = annotation.value }
                }
            }
            // Set by another way, as by CREATE, it is the same; an older one that was only noted counts no more.
            if let mailbox, SpecialUseAnnotation.isWanted(names, depth) {
                found[.specialUse] = SpecialUseAnnotation.value(of: try MailboxRow.find(mailbox, in: database))
            }
            return found.sorted { $0.key < $1.key }.map { Annotation(name: $0.key, value: $0.value) }
        }
    }

    /// Sets annotations, or takes away those without a value; all or none, durable when it returns. A mailbox's
    /// ``AnnotationName/specialUse`` is its use itself, with the rules that CREATE has for it.
    ///
    /// - Parameter mailbox: `nil` for the account's own.
    /// - Throws: ``AnnotationError`` when they are too large or too many.
    package func annotate(
        _ changes: [(name: AnnotationName, value: [UInt8]?)],
        of mailbox: MailboxID?,
        _ account: AccountID
    ) async throws {
        for (_, value) in changes where value?.count ?? 0 > AnnotationLimits.valueOctetsMax {
            throw AnnotationError.valueTooLarge
        }
        try await self.mailShard(of: account).change(.durable) { database, effects in
            guard try AccountRow.find(account, in: database) != nil else { throw MailStoreError.noSuchAccount }
            if let mailbox { try AnnotationRows.require(mailbox, of: account, database) }
            let place = mailbox ?? AnnotationRows.account
            for (name, value) in changes {
                if let mailbox, name == .specialUse {
                    let tree = MailboxTree(account: account, now: effects.now, database: database)
                    try SpecialUseAnnotation.set(value, of: mailbox, in: tree)
                } else if let value {
                    try AnnotationRows.put(Annotation(name: name, value: value), of: place, account, database)
                } else {
                    try AnnotationRows.remove(name, of: place, account, database)
                }
            }
            if changes.contains(where: { $0.value != nil }) {
                try AnnotationRows.requireWithinLimits(place, account, database)
            }
            if changes.contains(where: { $0.name == .eventScript }) {
                effects.eventScripts.append((account, try AnnotationRows.hasEventScripts(account, database)))
            }
        }
    }

    /// Whether an annotation of the account may name a script for changes of a mailbox. From memory, for every command;
    /// one that has gone with its mailbox may count until the next start. RFC 6785 §2.3.1.
    package func hasEventScripts(_ account: AccountID) -> Bool {
        self.mailShard(of: account).eventScripts.withLock { $0.contains(account) }
    }
}

extension MessageReader {
    /// An annotation's value; `nil` when there is none, or no such mailbox.
    ///
    /// - Parameter mailbox: `nil` for the account's own.
    package func annotation(
        _ name: AnnotationName,
        of mailbox: MailboxName?,
        _ account: AccountID
    ) throws -> [UInt8]? {
        guard let mailbox else {
            return try AnnotationRows.value(name, of: AnnotationRows.account, account, self.database)
        }
        guard let row = try MailboxRow.find(mailbox, of: account, in: self.database) else { return nil }
        if name == .specialUse { return SpecialUseAnnotation.value(of: row) }
        return try AnnotationRows.value(name, of: row.id, account, self.database)
    }
}
