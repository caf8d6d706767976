internal import ArgumentParser
internal import Glibc
internal import MailTypes
internal import Operations

/// `martlet dkim …`
struct DKIMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim",
        abstract: "Sign messages by DKIM, and keep the keys that sign a domain's mail.",
        discussion: """
            Examples:
              martlet dkim key new example.org               prints the record to publish
              martlet dkim key activate example.org          once the record can be seen
              martlet dkim sign message.eml                  with the signing keys of From's domain
              martlet dkim sign message.eml --domain example.org --selector s1 --key s1.pem --field
              martlet dkim seal message.eml --host mx.example.org --domain example.org --selector s1 --key s1.pem
            """,
        subcommands: [Sign.self, Seal.self, DKIMKeyCommand.self]
    )

    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a message with a signature before it, its lines ending in CRLF."
        )
        @OptionGroup var site: Site
        @Argument(help: "The message; - is standard input.") var file: String
        @Option(help: "The domain that signs (default: From's; needed with --key).") var domain: String?
        @Option(help: "The key's selector (default: those that sign now; needed with --key).") var selector: String?
        @Option(help: "A private key in PEM form, a file, instead of the domain's own.") var key: String?
        @Option(help: "How header and body are read: relaxed or simple, a slash, relaxed or simple.")
        var canonicalization = "relaxed/relaxed"
        @Flag(help: "Print only the signature's field.") var field = false

        func validate() throws {
            guard self.key == nil || self.domain != nil && self.selector != nil else {
                throw ValidationError("--key needs --domain and --selector, under which its record is published.")
            }
        }

        func run() async throws {
            let message = try InputFile.message(self.file)
            let fields = try await self.sign(message, MessageCanonicalization(self.canonicalization))
            try writeOctets(self.field ? fields : fields + message)
        }

        private func sign(_ message: [UInt8], _ form: MessageCanonicalization) async throws -> [UInt8] {
            guard let key, let domain, let selector else {
                let call = try MessageSigning(
                    message: message,
                    domain: self.domain,
                    selector: self.selector,
                    canonicalization: form
                )
                return Array(try await self.site.ask(call).fields.utf8)
            }
            let pem = try InputFile.octets(key, max: DKIMSigning.keyOctetsMax)
            var signing = DKIMSigning(domain: domain, selector: selector, key: Secret(pem))
            signing.canonicalization = form
            return try signing.field(for: message, now: SystemClock().now)
        }
    }
}

extension DKIMCommand {
    struct Seal: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a message with one more ARC set before it, by what a host found of its sender."
        )
        @Argument(help: "The message; - is standard input.") var file: String
        @Option(help: "The host whose Authentication-Results in the message is believed.") var host: String
        @Option(help: "The domain that seals.") var domain: String
        @Option(help: "The key's selector.") var selector: String
        @Option(help: "A private key in PEM form, a file.") var key: String
        @Flag(help: "Print only the set's fields.") var fields = false

        func run() throws {
            let message = try InputFile.message(self.file)
            let pem = try InputFile.octets(self.key, max: DKIMSigning.keyOctetsMax)
            let sealing = DKIMSigning(domain: self.domain, selector: self.selector, key: Secret(pem))
            let fields = try sealing.seal(for: message, host: self.host, now: SystemClock().now)
            try writeOctets(self.fields ? fields : fields + message)
        }
    }
}

/// Writes bytes to standard output as they are.
func writeOctets(_ octets: [UInt8]) throws {
    var rest = octets[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw CommandFailure("standard output takes nothing more") }
        rest = rest.dropFirst(count)
    }
}
