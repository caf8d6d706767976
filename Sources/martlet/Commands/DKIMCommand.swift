internal import ArgumentParser
internal import Glibc
internal import MailTypes
internal import Operations

/// `martlet dkim …`
struct DKIMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim",
        abstract: "Sign messages by DKIM.",
        discussion: """
            Examples:
              martlet dkim sign message.eml --domain example.org --selector s1 --key s1.pem
              martlet dkim sign message.eml --domain example.org --selector s1 --key s1.pem --field
            """,
        subcommands: [Sign.self]
    )

    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a message with a signature before it, its lines ending in CRLF."
        )
        @Argument(help: "The message; - is standard input.") var file: String
        @Option(help: "The domain that signs.") var domain: String
        @Option(help: "The selector under which the domain publishes the key.") var selector: String
        @Option(help: "The private key, a file in PEM form.") var key: String
        @Option(help: "How header and body are read: relaxed or simple, a slash, relaxed or simple.")
        var canonicalization = "relaxed/relaxed"
        @Flag(help: "Print only the signature's field.") var field = false

        func run() async throws {
            let message = try InputFile.message(self.file)
            let pem = try InputFile.octets(self.key, max: DKIMSigning.keyOctetsMax)
            var signing = DKIMSigning(domain: self.domain, selector: self.selector, key: Secret(pem))
            signing.canonicalization = self.canonicalization
            let field = try signing.field(for: message, now: SystemClock().now)
            try writeOctets(self.field ? field : field + message)
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
