internal import ArgumentParser
internal import Operations

/// `martlet sieve list USER`
struct SieveListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a user's scripts.")
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String

    func run() async throws {
        try self.output.print(await self.site.ask(ScriptList(address: self.user))) { rows in
            var table = TextTable("SCRIPT", "ACTIVE", "SIZE", "CHANGED")
            for row in rows {
                table.add(row.name, row.isActive ? "yes" : "", describeOctets(row.octets), row.changedAt)
            }
            return table.text
        }
    }
}

/// `martlet sieve show USER [SCRIPT]`
struct SieveShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a user's script.")
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String
    @Argument(help: "The script; the active one if not given.") var script: String?

    func run() async throws {
        try self.output.print(await self.site.ask(ScriptShow(address: self.user, script: self.script)), \.text)
    }
}

/// `martlet sieve put USER FILE`
struct SievePutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Check a script and keep it for a user.",
        discussion: "Example: martlet sieve put alice@example.org away.sieve --activate"
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String
    @Argument(help: "The file; - for standard input.") var file: String
    @Option(help: "The script's name; the file's without .sieve if not given.") var name: String?
    @Flag(help: "Run it at delivery from now on.") var activate = false

    func run() async throws {
        let script = try SieveFiles().scriptToKeep(self.file)
        let name = self.name ?? script.name
        let call = ScriptPut(address: self.user, script: name, text: script.text, activates: self.activate)
        try self.output.print(await self.site.ask(call), \.message)
    }
}

/// `martlet sieve activate USER SCRIPT`
struct SieveActivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Make a script the one that runs at delivery."
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String
    @Argument(help: "The script.") var script: String

    func run() async throws {
        try self.output.print(await self.site.ask(ScriptActivate(address: self.user, script: self.script)), \.message)
    }
}

/// `martlet sieve deactivate USER`
struct SieveDeactivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "deactivate", abstract: "Run no script of a user.")
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String

    func run() async throws {
        try self.output.print(await self.site.ask(ScriptActivate(address: self.user, script: nil)), \.message)
    }
}

/// `martlet sieve remove USER SCRIPT`
struct SieveRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a script that is not active."
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The account.") var user: String
    @Argument(help: "The script.") var script: String

    func run() async throws {
        try self.output.print(await self.site.ask(ScriptRemove(address: self.user, script: self.script)), \.message)
    }
}
