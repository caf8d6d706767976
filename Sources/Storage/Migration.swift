/// One numbered step of a database's format, run once, in the transaction that records it.
package struct Migration: Sendable {
    /// 1 for the first; without gaps.
    package let version: Int
    /// Statements separated by semicolons.
    package let script: StaticString
    /// What cannot be said in SQL, after the script.
    package let convert: (@Sendable (Database) throws -> Void)?

    package init(_ version: Int, _ script: StaticString, convert: (@Sendable (Database) throws -> Void)? = nil) {
        self.version = version
        self.script = script
        self.convert = convert
    }
}

enum Migrator {
    /// Refuses a database that is newer or too old for these migrations, before anything is written (lesson 23).
    static func check(_ database: Database, name: String, migrations: [Migration]) throws {
        let found = try database.integer("PRAGMA user_version")
        let newest = migrations.last?.version ?? 0
        let oldest = (migrations.first?.version ?? 1) - 1
        guard found <= newest else {
            throw StorageError(
                .newerFormat,
                "open",
                "\(name) has data format \(found); this release of Martlet knows formats up to \(newest). "
                    + "Run the release that wrote it, or a later one."
            )
        }
        guard found == 0 || found >= oldest else {
            throw StorageError(
                .olderFormat,
                "open",
                "\(name) has data format \(found); this release of Martlet upgrades from format \(oldest) on. "
                    + "Upgrade with an earlier release first."
            )
        }
    }

    /// Brings a database to the newest format; each step is a transaction of its own, so a stop in between is no harm.
    static func migrate(_ database: Database, migrations: [Migration]) throws {
        let found = try database.integer("PRAGMA user_version")
        for migration in migrations where migration.version > found {
            try database.transaction {
                try database.execute(migration.script.description)
                try migration.convert?(database)
                try database.execute("PRAGMA user_version = \(migration.version)")
            }
        }
    }
}
