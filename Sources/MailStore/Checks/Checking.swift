internal import MailBytes
internal import Storage

extension MailStore {
    /// Proves what the tables promise: every placement has a message, every message a body whose length and hash agree,
    /// counters equal sums, UIDs are below UIDNEXT, no file is without a row.
    ///
    /// Reads everything, on the caller's thread, on one moment of each shard; what is wrong with one mailbox does not
    /// keep it from looking at the others (lesson 22). An empty answer is the proof.
    package func check() -> [Finding] {
        self.shards.flatMap { StoreCheck(shard: $0.shard).run() }
    }
}

/// The check of one shard.
struct StoreCheck {
    private static let findingsMax = 1_000

    let shard: Shard

    func run() -> [Finding] {
        do {
            // Listed first: a file that comes later has its row later.
            let files = self.shard.bodies.allSettled()
            return try self.shard.readNow { database in
                var findings = self.integrity(database)
                findings += try PlacementRows.unpackAll(database).map { self.finding(.damagedPlacements, $0) }
                for (kind, sql) in Self.questions { findings += self.ask(kind, sql, database) }
                findings += self.bodies(database)
                findings += self.orphans(files, database)
                return findings
            }
        } catch {
            return [self.finding(.damagedDatabase, "\(error)")]
        }
    }

    /// Each gives one column of text for each thing that is wrong.
    private static let questions: [(Finding.Kind, StaticString)] = [
        (
            .placementWithoutMessage,
            """
            SELECT 'mailbox ' || mailbox || ' UID ' || uid || ' message ' || message FROM placement
            WHERE NOT EXISTS(SELECT 1 FROM message WHERE id = placement.message)
            """
        ),
        (
            .placementWithoutMessage,
            """
            SELECT 'outgoing ' || id || ' message ' || message FROM outgoing
            WHERE NOT EXISTS(SELECT 1 FROM message WHERE id = outgoing.message)
            """
        ),
        (
            .placementWithoutMailbox,
            """
            SELECT DISTINCT 'mailbox ' || mailbox FROM placement
            WHERE NOT EXISTS(SELECT 1 FROM mailbox WHERE id = placement.mailbox)
                AND NOT EXISTS(SELECT 1 FROM removed_mailbox WHERE id = placement.mailbox)
            """
        ),
        (
            .mailboxWithoutAccount,
            """
            SELECT 'mailbox ' || id FROM mailbox
            WHERE NOT EXISTS(SELECT 1 FROM account WHERE account.id = mailbox.account)
            """
        ),
        (
            .annotationWithoutMailbox,
            """
            SELECT 'annotation ' || id || ' of account ' || account || ' mailbox ' || mailbox FROM annotation
            WHERE NOT EXISTS(SELECT 1 FROM account WHERE account.id = annotation.account) OR mailbox <> 0
                AND NOT EXISTS(SELECT 1 FROM mailbox WHERE id = annotation.mailbox AND account = annotation.account)
            """
        ),
        (
            .messageWithoutBody,
            "SELECT 'message ' || id FROM message WHERE NOT EXISTS(SELECT 1 FROM body WHERE message = message.id)"
        ),
        (
            .bodyWithoutMessage,
            "SELECT 'body ' || message FROM body WHERE NOT EXISTS(SELECT 1 FROM message WHERE id = body.message)"
        ),
        (
            .sizeWithoutMessage,
            "SELECT 'message ' || message FROM line_octets WHERE message NOT IN (SELECT id FROM message)"
        ),
        (.referencesDiffer, Self.references),
        (.countersDiffer, Self.counters),
        (.historyDiffers, Self.history),
        (
            .uidNotBelowNext,
            """
            SELECT 'mailbox ' || mailbox.id || ' UID ' || max(uid) || ', next ' || uid_next FROM mailbox
            JOIN placement ON placement.mailbox = mailbox.id GROUP BY mailbox.id HAVING max(uid) >= uid_next
            """
        ),
        (
            .modSeqAboveHighest,
            """
            SELECT 'mailbox ' || mailbox.id FROM mailbox JOIN placement ON placement.mailbox = mailbox.id
            GROUP BY mailbox.id HAVING max(placement.modseq) > mailbox.modseq
            """
        ),
        (.modSeqAboveHighest, Self.toldAboveHighest),
    ]

    /// An account was given no number that the next one may be given again: what no mailbox keeps, the account does.
    private static let toldAboveHighest: StaticString = """
        SELECT 'account ' || account.id || ' entry ' || max(change.modseq) FROM account
        JOIN change ON change.account = account.id GROUP BY account.id
        HAVING max(change.modseq) > max(account.modseq,
            (SELECT coalesce(max(modseq), 0) FROM mailbox WHERE mailbox.account = account.id))
        """

    /// The history's count is right, and nothing stands in it that counts as forgotten.
    private static let history: StaticString = """
        SELECT 'account ' || id || ' has ' || entries || ' entries, not ' || history FROM
            (SELECT id, history, (SELECT count(*) FROM change WHERE change.account = account.id) AS entries
                FROM account)
        WHERE entries <> history
        UNION ALL
        SELECT 'mailbox ' || mailbox.id || ' entry ' || change.modseq || ', pruned ' || pruned FROM mailbox
        JOIN change ON change.account = mailbox.account AND change.modseq <= pruned
            AND change.mailbox = mailbox.id AND kind = 'expunged'
        UNION ALL
        SELECT 'account ' || account.id || ' entry ' || change.modseq || ', pruned ' || pruned FROM account
        JOIN change ON change.account = account.id AND change.modseq <= pruned AND kind <> 'expunged'
        UNION ALL
        SELECT 'mailbox ' || id || ' pruned ' || pruned FROM mailbox WHERE pruned > modseq
        UNION ALL
        SELECT 'account ' || id || ' pruned ' || pruned FROM account
        WHERE pruned > max(modseq, (SELECT coalesce(max(modseq), 0) FROM mailbox WHERE mailbox.account = account.id))
        """

    private static let references: StaticString = """
        WITH used(message) AS (SELECT message FROM placement UNION ALL SELECT message FROM outgoing),
            placed(message, count) AS (SELECT message, count(*) FROM used GROUP BY message)
        SELECT 'message ' || id || ' is placed ' || coalesce(placed.count, 0) || ' times' FROM message
        LEFT JOIN placed ON placed.message = id LEFT JOIN reference ON reference.message = id
        LEFT JOIN unused ON unused.message = id
        WHERE coalesce(placed.count, 0)
            <> CASE WHEN unused.message IS NOT NULL THEN 0 ELSE coalesce(reference.count, 1) END
        """

    private static let counters: StaticString = """
        WITH summed AS (
            SELECT mailbox.id AS id, count(uid) AS messages, coalesce(sum(placement.octets), 0) AS octets,
                coalesce(sum(flags & 1 = 0), 0) AS unseen, coalesce(sum(flags & 8 <> 0), 0) AS deleted,
                coalesce(sum(CASE WHEN flags & 8 <> 0 THEN placement.octets ELSE 0 END), 0) AS deleted_octets,
                coalesce(sum(uid >= first_recent), 0) AS recent
            FROM mailbox LEFT JOIN placement ON placement.mailbox = mailbox.id GROUP BY mailbox.id)
        SELECT 'mailbox ' || mailbox.id || ' of account ' || account
            || CASE WHEN mailbox.messages <> summed.messages
                THEN ', counts ' || mailbox.messages || ' messages, has ' || summed.messages ELSE '' END
            || CASE WHEN mailbox.octets <> summed.octets
                THEN ', counts ' || mailbox.octets || ' octets, has ' || summed.octets ELSE '' END
            || CASE WHEN mailbox.unseen <> summed.unseen
                THEN ', counts ' || mailbox.unseen || ' unseen, has ' || summed.unseen ELSE '' END
            || CASE WHEN mailbox.deleted <> summed.deleted
                THEN ', counts ' || mailbox.deleted || ' deleted, has ' || summed.deleted ELSE '' END
            || CASE WHEN mailbox.deleted_octets <> summed.deleted_octets
                THEN ', counts ' || mailbox.deleted_octets || ' deleted octets, has ' || summed.deleted_octets
                ELSE '' END
            || CASE WHEN mailbox.recent <> summed.recent
                THEN ', counts ' || mailbox.recent || ' recent, has ' || summed.recent ELSE '' END
        FROM mailbox JOIN summed ON summed.id = mailbox.id
        WHERE mailbox.messages <> summed.messages OR mailbox.octets <> summed.octets
            OR mailbox.unseen <> summed.unseen OR mailbox.deleted <> summed.deleted
            OR mailbox.deleted_octets <> summed.deleted_octets OR mailbox.recent <> summed.recent
        """

    private func integrity(_ database: Database) -> [Finding] {
        var findings = self.ask(.damagedDatabase, "PRAGMA integrity_check", database)
        findings.removeAll { $0.detail == "ok" }
        return findings
    }

    private func ask(_ kind: Finding.Kind, _ sql: StaticString, _ database: Database) -> [Finding] {
        do {
            var findings: [Finding] = []
            try database.statement(sql).eachRow { row in
                if findings.count < Self.findingsMax { findings.append(self.finding(kind, row.text(0))) }
            }
            return findings
        } catch {
            return [self.finding(.damagedDatabase, "while looking for \(kind.rawValue): \(error)")]
        }
    }

    private func bodies(_ database: Database) -> [Finding] {
        var findings: [Finding] = []
        do {
            let statement = try database.statement(
                """
                SELECT message.id, message.octets, hash, file, data, line_octets.octets
                FROM body JOIN message ON message.id = body.message
                LEFT JOIN line_octets ON line_octets.message = message.id
                """
            )
            try statement.eachRow { row in
                guard findings.count < Self.findingsMax, let difference = self.difference(row) else { return }
                findings.append(self.finding(.bodyDiffers, "message \(row.int(0)): \(difference)"))
            }
        } catch {
            findings.append(self.finding(.damagedDatabase, "while reading bodies: \(error)"))
        }
        return findings
    }

    private func difference(_ row: Statement) -> String? {
        let octets = Int(row.int(1))
        let hash = UInt64(bitPattern: row.int(2))
        let octetsInLines = row.optionalInt(5).map { Int($0) }
        let compare = { (bytes: Span<UInt8>) -> String? in
            if bytes.count != octets { return "\(bytes.count) octets instead of \(octets)" }
            if ContentHash.of(bytes) != hash { return "the bytes are not those that were stored" }
            guard let octetsInLines, octetsInLines != bytes.octetsInCRLFLines else { return nil }
            return "\(bytes.octetsInCRLFLines) octets in lines instead of \(octetsInLines)"
        }
        if row.isNull(3) { return row.withBlob(4, compare) }
        do {
            return try self.shard.bodies.withBytes(of: row.text(3), compare)
        } catch let error as StorageError where error.code == .missing {
            return self.isStillThere(row.int(0)) ? "\(error)" : nil
        } catch {
            return "\(error)"
        }
    }

    /// Whether a message is there now, too: one that went after the moment looked at has taken its file along.
    private func isStillThere(_ message: Int64) -> Bool {
        let isThere = try? self.shard.readNow { database in
            let statement = try database.statement("SELECT 1 FROM body WHERE message = ?")
            statement.bind(message, at: 1)
            return try statement.first { _ in true } ?? false
        }
        return isThere ?? true
    }

    private func orphans(_ files: [String], _ database: Database) -> [Finding] {
        do {
            var used: Set<String> = []
            try database.statement(MailStoreSchema.bodyNames).eachRow { used.insert($0.text(0)) }
            let unused = files.filter { !used.contains($0) }
            // A row that went before this moment has its file removed before this answer. A disk that has failed gives
            // none, and then nothing is removed.
            if !unused.isEmpty, !self.shard.isInspection { _ = try? self.shard.writeNow { _ in } }
            let settled = Set(self.shard.bodies.allSettled())
            return unused.filter { settled.contains($0) }.map { name in
                var finding = self.finding(.fileWithoutRow, name)
                finding.isLeftover = self.shard.isInspection
                return finding
            }
        } catch {
            return [self.finding(.damagedDatabase, "while looking for files: \(error)")]
        }
    }

    private func finding(_ kind: Finding.Kind, _ detail: String) -> Finding {
        Finding(kind: kind, shard: self.shard.name, detail: detail)
    }
}
