internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore

/// GETMETADATA and SETMETADATA: annotations of mailboxes and of the server. RFC 5464.
///
/// A mailbox is its owner's alone, so that `/shared` and `/private` are both the owner's to set. The server has its
/// `/private` entries for each account. Of its `/shared` ones `/shared/admin` comes from the configuration, and
/// `/shared/imapsieve/script` names one of the account's scripts, so that it is the account's; the others are nobody's
/// to set. A mailbox's `/private/specialuse` is the use that LIST shows. ENABLE does not take METADATA, and so nothing
/// is told unasked (RFC 5464 §4.4.2).
extension IMAPConnection {
    func getMetadata(_ request: GetMetadataRequest) async throws -> Reply {
        let mailbox = try await self.annotated(request.mailbox)
        let found = try await self.service.store.annotations(
            request.entries,
            AnnotationDepth(request.depth),
            of: mailbox?.id,
            try self.account
        )
        var entries = found.map { MetadataEntry(name: $0.name.text, value: $0.value) }
        if mailbox == nil { entries += self.serverEntries(request) }
        // What was asked for by name and is not there is told as NIL. RFC 5464 §4.4.1.
        if request.depth == .zero {
            let names = Set(entries.map(\.name))
            var missing: Set<String> = []
            for name in request.entries where !names.contains(name) && missing.insert(name).inserted {
                entries.append(MetadataEntry(name: name, value: nil))
            }
        }
        var longest = 0
        if let max = request.octetsMax {
            entries.removeAll { entry in
                guard let octets = entry.value?.count, octets > Int(max) else { return false }
                longest = Swift.max(longest, octets)
                return true
            }
        }
        self.output.writeMetadata(request.mailbox.name, entries)
        return Reply(.ok, longest > 0 ? .metadataLongEntries(longest) : nil, "GETMETADATA completed")
    }

    func setMetadata(_ request: SetMetadataRequest) async throws -> Reply {
        let mailbox = try await self.annotated(request.mailbox)
        let changes = try request.entries.map { entry throws(Reply) -> (name: AnnotationName, value: [UInt8]?) in
            guard let name = AnnotationName(entry.name) else { throw .annotationIsSites }
            if mailbox == nil, name.isShared, name != .eventScript { throw .annotationIsSites }
            guard let mailbox, name == .specialUse else { return (name, entry.value) }
            return (name, try Self.specialUse(entry.value, of: mailbox))
        }
        try await self.service.store.annotate(changes, of: mailbox?.id, try self.account)
        return Reply(.ok, nil, "SETMETADATA completed")
    }

    /// The use that a client gives a mailbox, under the rules of CREATE; attributes stand with spaces between them.
    /// RFC 6154 §4.
    private static func specialUse(_ value: [UInt8]?, of mailbox: MailboxSummary) throws(Reply) -> [UInt8]? {
        guard let value else { return nil }
        if mailbox.name.isInbox { throw .inboxHasNoUse }
        var uses: [SpecialUse] = []
        for word in value.split(separator: UInt8(ascii: " ")) {
            guard let use = SpecialUse(named: String(decoding: word, as: UTF8.self)) else { throw .unknownUse }
            if !uses.contains(use) { uses.append(use) }
        }
        return try Self.use(uses, namesUnknown: false).map { Array($0.rawValue.utf8) }
    }

    /// `nil` for the server, which is the mailbox without a name.
    private func annotated(_ mailbox: WireMailbox) async throws -> MailboxSummary? {
        mailbox.name.isEmpty ? nil : try await self.anyName(mailbox)
    }

    private func serverEntries(_ request: GetMetadataRequest) -> [MetadataEntry] {
        guard let administrator = self.service.configuration.administrator else { return [] }
        let isWanted = request.entries.contains { name in
            name == AnnotationName.administrator.text || name == "/shared" && request.depth != .zero
        }
        return isWanted
            ? [MetadataEntry(name: AnnotationName.administrator.text, value: Array(administrator.utf8))] : []
    }
}

extension AnnotationDepth {
    init(_ depth: GetMetadataRequest.Depth) {
        self =
            switch depth {
            case .zero: .itself
            case .one: .children
            case .infinity: .all
            }
    }
}
