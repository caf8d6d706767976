internal import ArgumentParser
internal import Operations

/// `martlet dkim key …`
struct DKIMKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "The keys that sign a domain's mail, from their making to their removal.",
        discussion: """
            A new key is published first; it signs once it is activated, when its record can be seen in the DNS. The key
            it takes the place of is retired: its record should stay for a week or two, for mail that is on its way.

            Examples:
              martlet dkim key new example.org
              martlet dkim key new example.org --algorithm ed25519
              martlet dkim key activate example.org
              martlet dkim key dns example.org               the records of all its keys
              martlet dkim key remove example.org r20250714
            """,
        subcommands: [New.self, List.self, DNS.self, Activate.self, Retire.self, Remove.self]
    )

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print the record to publish; it signs nothing yet."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The domain, one of ours.") var domain: String
        @Option(help: "Its selector (default: made from the day).") var selector: String?
        @Option(help: "rsa, which everybody checks, or ed25519, which may stand beside it.")
        var algorithm = SigningKeyAdd.Algorithm.rsa
        @Option(help: "Bits of an RSA key, 2048 to 4096.") var bits = 2_048

        func run() async throws {
            let call = SigningKeyAdd(
                domain: self.domain,
                selector: self.selector,
                algorithm: self.algorithm,
                bits: self.bits
            )
            try self.output.print(await self.site.ask(call)) { "\($0.key.zoneText)\n\n\($0.message)" }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List keys and their states: published, signing, retired. No private key is shown."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "Only those of this domain.") var domain: String?

        func run() async throws {
            try self.output.print(await self.site.ask(SigningKeyList(domain: self.domain))) { keys in
                var table = TextTable("DOMAIN", "SELECTOR", "ALGORITHM", "STATE", "SINCE")
                for key in keys { table.add(key.domain, key.selector, key.algorithm, key.state, key.since) }
                return table.text
            }
        }
    }

    struct DNS: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the records of all keys that are not removed, as a zone file has them."
        )
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The domain.") var domain: String
        @Argument(help: "Only the key of this selector.") var selector: String?

        func run() async throws {
            var keys = try await self.site.ask(SigningKeyList(domain: self.domain))
            if let selector { keys.removeAll { $0.selector != selector.lowercased() } }
            guard !keys.isEmpty else {
                throw CommandFailure("There is no such key. Make one: martlet dkim key new \(self.domain)")
            }
            try self.output.print(keys) { $0.map(\.zoneText).joined(separator: "\n") }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign with a key from now on, and retire the one of its algorithm that signed so far."
        )
        @OptionGroup var change: SigningKeyChangeOptions

        func run() async throws {
            try await self.change.run(.activate)
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign no more with a key; its record stays in the DNS until it is removed."
        )
        @OptionGroup var change: SigningKeyChangeOptions

        func run() async throws {
            try await self.change.run(.retire)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a key for good; one that signs stays.")
        @OptionGroup var site: Site
        @OptionGroup var output: OutputOptions
        @Argument(help: "The domain.") var domain: String
        @Argument(help: "The key's selector.") var selector: String

        func run() async throws {
            let call = SigningKeyChange(action: .remove, domain: self.domain, selector: self.selector)
            try self.output.print(await self.site.ask(call), \.message)
        }
    }
}

/// A key whose state is to change.
struct SigningKeyChangeOptions: ParsableArguments {
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Argument(help: "The domain.") var domain: String
    @Argument(help: "The key's selector; not needed when only one key can be meant.") var selector: String?

    func run(_ action: SigningKeyChange.Action) async throws {
        let call = SigningKeyChange(action: action, domain: self.domain, selector: self.selector)
        try self.output.print(await self.site.ask(call), \.message)
    }
}

extension SigningKeyAdd.Algorithm: ExpressibleByArgument {}
