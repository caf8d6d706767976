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
        try Self.check(format: database.integer("PRAGMA user_version"), name: name, migrations: migrations)
    }

    /// Refuses a database that the next start would change before it is used.
    static func requireNewest(_ database: Database, name: String, migrations: [Migration]) throws {
        let (found, newest) = (try database.integer("PRAGMA user_version"), migrations.last?.version ?? 0)
        guard found == newest else {
            throw StorageError(
                .olderFormat,
                "open",
                "\(name) has data format \(found). Start Martlet, which brings it to format \(newest), and try again"
            )
        }
    }

    fileprivate static func check(format found: Int, name: String, migrations: [Migration]) throws {
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

extension Shard {
    /// Refuses a database file whose format these migrations cannot bring up to date, without opening it as a database.
    /// One that is not there yet is fine.
    ///
    /// Asked of all of a program's databases before any is opened, it keeps an upgrade that must be refused from
    /// touching the first of them (lesson 23). What stands in a write-ahead log only is found when the shard is opened.
    /// Not for a process that has the shard open: closing a file drops its locks.
    package static func checkFormat(folder: String, name: String, migrations: [Migration]) throws {
        let path = "\(folder)/\(name).db"
        guard FileSystem.exists(path) else { return }
        let file = try Descriptor.open(path, .reading)
        defer { file.close() }
        let format = Int(try file.number(at: Self.formatOffset, of: path))
        try Migrator.check(format: format, name: name, migrations: migrations)
    }

    /// Where SQLite keeps `user_version` in the file.
    private static let formatOffset = 60
}
