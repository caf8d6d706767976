internal import ArgumentParser
internal import Operations

/// `martlet auth …`
struct AuthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth",
        abstract: "Check whether a sender is who it seems to be, and say why: SPF, DKIM, DMARC, ARC.",
        discussion: """
            The first line is the verdict: pass, fail, softfail, neutral, none, temperror or permerror. The reasons
            follow, one a line. The exit status tells only whether the check could be made.

            Examples:
              martlet auth spf 192.0.2.1 mail.example.org alice@example.org
              martlet auth dkim message.eml
              martlet auth all message.eml --ip 192.0.2.1 --mail-from alice@example.org --helo mail.example.org
              martlet auth dkim message.eml --dns 127.0.0.1:5353
            """,
        subcommands: [SPF.self, DKIM.self, DMARC.self, ARC.self, All.self]
    )

    struct SPF: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a host may send for a domain. The null sender is '', and the HELO name is checked then."
        )
        @OptionGroup var inquiry: InquiryOptions
        @Argument(help: "The address of the host that connects.") var ip: String
        @Argument(help: "The name it gives with EHLO.") var helo: String
        @Argument(help: "The sender it gives with MAIL FROM.") var mailFrom: String

        func run() async throws {
            let claim = try SenderClaim(client: self.ip, helo: self.helo, mailFrom: self.mailFrom)
            try self.inquiry.print(await self.inquiry.inspection().spf(claim))
        }
    }

    struct DKIM: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Whether a message's signatures are right.")
        @OptionGroup var inquiry: InquiryOptions
        @Argument(help: "The message; - is standard input.") var file: String

        func run() async throws {
            try self.inquiry.print(await self.inquiry.inspection().dkim(InputFile.message(self.file)))
        }
    }

    struct DMARC: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the domain in From stands behind a message, and what it wants done if not."
        )
        @OptionGroup var inquiry: InquiryOptions
        @OptionGroup var origin: OriginOptions

        func run() async throws {
            let inspection = try self.inquiry.inspection(publicSuffixList: self.origin.publicSuffixList)
            let report = try await inspection.dmarc(InputFile.message(self.origin.file), self.origin.claim())
            try self.inquiry.print(report)
        }
    }

    struct ARC: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the hosts that handled a message vouch for it without a gap."
        )
        @OptionGroup var inquiry: InquiryOptions
        @Argument(help: "The message; - is standard input.") var file: String

        func run() async throws {
            try self.inquiry.print(await self.inquiry.inspection().arc(InputFile.message(self.file)))
        }
    }

    struct All: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "SPF, DKIM, DMARC and ARC together; the verdict is DMARC's."
        )
        @OptionGroup var inquiry: InquiryOptions
        @OptionGroup var origin: OriginOptions

        func run() async throws {
            let inspection = try self.inquiry.inspection(publicSuffixList: self.origin.publicSuffixList)
            let report = try await inspection.all(InputFile.message(self.origin.file), self.origin.claim())
            try self.inquiry.print(report)
        }
    }
}

/// A message and how it came.
struct OriginOptions: ParsableArguments {
    @Argument(help: "The message; - is standard input.") var file: String
    @Option(help: "The address of the host that sent it.") var ip: String
    @Option(help: "The sender given with MAIL FROM; '' for the null sender.") var mailFrom: String
    @Option(help: "The name given with EHLO (default: the address in brackets).") var helo: String?
    @Option(help: "A file of public suffixes by which organisations are told apart (default: by the DNS itself).")
    var publicSuffixList: String?

    func claim() throws -> SenderClaim {
        try SenderClaim(client: self.ip, helo: self.helo, mailFrom: self.mailFrom)
    }
}
