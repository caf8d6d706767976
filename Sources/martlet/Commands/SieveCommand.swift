internal import ArgumentParser
internal import MailTypes
internal import Operations

/// `martlet sieve …`
struct SieveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sieve",
        abstract: "Scripts that file, answer and send on mail at delivery: keep them, check them, try them.",
        discussion: """
            Examples:
              martlet sieve put alice@example.org away.sieve --activate
              martlet sieve check filters/*.sieve
              martlet sieve test me.sieve message.eml --from bob@example.net --to alice@example.org
              martlet sieve trace me.sieve message.eml       why it does what it does
              martlet sieve run alice@example.org INBOX --dry-run   on mail that is there already
              martlet sieve testsuite tests/*.svtest         tests in Pigeonhole's test language
            """,
        subcommands: [
            SieveListCommand.self, SieveShowCommand.self, SievePutCommand.self, SieveActivateCommand.self,
            SieveDeactivateCommand.self, SieveRemoveCommand.self, SieveRunCommand.self, Check.self, Test.self,
            Trace.self, TestSuite.self,
        ]
    )

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print everything that is wrong with scripts, with its place; fails when one cannot be used."
        )
        @OptionGroup var output: OutputOptions
        @Argument(help: "Scripts; - is standard input.") var files: [String]

        func run() throws {
            let files = SieveFiles()
            let reports = try self.files.map { try files.check($0) }
            try self.output.print(reports) { reports in reports.map(\.text).joined(separator: "\n") }
            if reports.contains(where: { !$0.isUsable }) { throw ExitCode(1) }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a script would do with a message; nothing is done. Fails when it ends in an error."
        )
        @OptionGroup var trial: SieveTrialOptions

        func run() throws {
            try self.trial.run(isTracing: false)
        }
    }

    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print each step a script takes on a message, with its values, and what it would do."
        )
        @OptionGroup var trial: SieveTrialOptions

        func run() throws {
            try self.trial.run(isTracing: true)
        }
    }

    struct TestSuite: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "testsuite",
            abstract: "Run files of tests in Pigeonhole's test language; fails when a test does.",
            discussion: """
                Scripts that a file names are found beside it, those they include in its folders included and
                included-global. A test whose scripts are not there is skipped.
                """
        )
        @OptionGroup var output: OutputOptions
        @Argument(help: "Files of tests, usually named FILE.svtest.") var files: [String]

        func run() throws {
            let suite = SieveTestSuite(now: SystemClock().now)
            var reports: [SieveTestFileReport] = []
            for file in self.files {
                reports.append(suite.run(file))
                if !self.output.json, let report = reports.last { show(report.text) }
            }
            let report = SieveTestSuiteReport(reports)
            try self.output.print(report, \.summary)
            if report.failed > 0 { throw ExitCode(1) }
        }
    }
}

/// A script, a message and how it came.
struct SieveTrialOptions: ParsableArguments {
    @OptionGroup var output: OutputOptions
    @Argument(help: "The script.") var script: String
    @Argument(help: "Messages; - is standard input. Of several, each is reported with its file, in JSON as an array.")
    var messages: [String]
    @Option(help: "The sender in the envelope, '' for none (default: the first address in From).")
    var from: String?
    @Option(help: "The recipient, whose script it is (default: the first address in To).") var to: String?
    @Option(help: "A script of the site's that runs before; may be given several times.") var before: [String] = []
    @Option(help: "A script of the site's that runs after; may be given several times.") var after: [String] = []
    @Option(help: "A mailbox that there is besides INBOX; may be given several times.") var mailbox: [String] = []
    @Option(help: "The folder that include :global reads from (default: the script's own).") var globalFolder: String?

    @Option(help: "Where a spam filter leaves its score for the test spamtest, such as 'X-Spam-Score: ([-0-9.]+)'.")
    var spamHeader: String?
    @Option(help: "The score that counts as certain spam.") var spamScoreMax = 10

    func run(isTracing: Bool) throws {
        var trial = SieveTrial(script: self.script)
        trial.before = self.before
        trial.after = self.after
        trial.sender = self.from
        trial.recipient = self.to
        trial.mailboxes = self.mailbox
        trial.globalFolder = self.globalFolder
        trial.isTracing = isTracing
        var hasFailed = false
        trial.spamHeader = self.spamHeader
        trial.spamScoreMax = self.spamScoreMax
        let prepared = try trial.prepare()
        var reports: [SieveTrialReport] = []
        for path in self.messages {
            var report = prepared.run(on: try InputFile.message(path), now: SystemClock().now)
            if self.messages.count > 1 { report.file = path }
            if self.messages.count > 1, self.output.json { reports.append(report) } else { try self.tell(report) }
            if report.error != nil { hasFailed = true }
        }
        if !reports.isEmpty { try self.output.print(reports) { _ in "" } }
        if hasFailed { throw ExitCode(1) }
    }

    private func tell(_ report: SieveTrialReport) throws {
        try self.output.print(report) { report in
            (report.file.map { "\($0):\n" } ?? "") + report.text
        }
    }
}
