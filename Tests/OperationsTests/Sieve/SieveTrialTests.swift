import MailTesting
import MailTypes
import Testing

@testable import Operations

private let message = """
    From: Bob <bob@example.net>
    To: alice@example.org
    Subject: Hello world
    Message-ID: <1@example.net>

    Hi.

    """

/// 2026-07-14 03:33:20 UTC.
private let now = Instant(secondsSince1970: 1_784_000_000)

/// Tries `script` in a folder with other files.
private func trial(
    _ script: String,
    files: [String: String] = [:],
    change: (inout SieveTrial, String) -> Void = { _, _ in }
) throws -> SieveTrialReport {
    let files = files.merging(["me.sieve": script, "m.eml": message]) { $1 }
    return try TemporaryFolder.with(files) { folder in
        var trial = SieveTrial(script: "\(folder)/me.sieve")
        change(&trial, folder)
        return try trial.run(on: InputFile.message("\(folder)/m.eml"), now: now)
    }
}

@Suite("a Sieve script tried on a message")
struct SieveTrialTests {
    @Test("every action is told in words, in the order in which it is done")
    func actions() throws {
        let report = try trial(
            #"""
            require ["fileinto", "imap4flags", "copy", "mailbox"];
            fileinto :flags ["\\Seen", "work"] :create "Work";
            redirect :copy "carol@example.net";
            keep :flags "\\Flagged";
            """#
        )
        #expect(
            report.text == """
                fileinto "Work" with flags \\Seen work, made if missing
                redirect to carol@example.net, from bob@example.net, as a copy
                keep with flags \\Flagged
                """
        )
        #expect(report.actions.map(\.mailbox) == ["Work", nil, "INBOX"])
        #expect(report.actions[0].flags == ["\\Seen", "work"])
    }

    @Test("a script that does nothing keeps the message, one that discards it says so")
    func implicitKeep() throws {
        #expect(try trial("").text == "keep (implicit)")
        #expect(try trial("discard;").text == "discard")
        let script = #"require "vacation"; vacation "Away."; discard;"#
        #expect(try trial(script).actions.map(\.name) == ["vacation", "discard"])
    }

    @Test("a vacation answer is shown whole below its action")
    func vacation() throws {
        let report = try trial(#"require "vacation"; vacation :days 3 :subject "Away" "Back on Monday.";"#)
        let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "vacation: answer bob@example.net, once in 259200 seconds")
        #expect(lines.contains("    Subject: Away"))
        #expect(lines.contains("    In-Reply-To: <1@example.net>"))
        #expect(lines.contains("    Back on Monday."))
        #expect(lines.last == "keep (implicit)")
        let silent = try trial(#"require "vacation"; vacation "Away.";"#) { trial, _ in trial.sender = "<>" }
        #expect(silent.actions[0].message == nil)
        #expect(silent.text.contains("vacation: no answer, because the message has no sender"))
    }

    @Test("a script that is read once is tried on many messages, with the score that a spam filter left")
    func many() throws {
        let script =
            #"require ["spamtest", "relational", "comparator-i;ascii-numeric"];"#
            + #"if spamtest :value "ge" :comparator "i;ascii-numeric" "5" { discard; }"#
        try TemporaryFolder.with(["me.sieve": script]) { folder in
            var trial = SieveTrial(script: "\(folder)/me.sieve")
            trial.spamHeader = "X-Spam-Score: (-?[0-9.]+)"
            let prepared = try trial.prepare()
            let texts = ["9.5", "-1.0", "none"].map { score in
                prepared.run(on: Array("X-Spam-Score: \(score)\r\n\r\nHi.\r\n".utf8), now: now).text
            }
            #expect(texts == ["discard", "keep (implicit)", "keep (implicit)"])
            trial.spamHeader = "X-Spam-Score: ("
            #expect(throws: OperationError.self) { try trial.prepare() }
        }
    }

    @Test("refusals and notifications carry their text")
    func refusal() throws {
        let refusal = try trial(#"require "ereject"; ereject "Not here.";"#)
        #expect(refusal.text == "ereject: Not here.")
        #expect(refusal.actions[0].reason == "Not here.")
        let notice = try trial(#"require "enotify"; notify :message "New mail" "mailto:phone@example.net";"#)
        #expect(notice.actions[0].addresses == ["phone@example.net"])
        #expect(notice.text.hasPrefix("notify phone@example.net: New mail\n"))
    }

    @Test("changes of the message stand before the action that takes it")
    func headerChanges() throws {
        let report = try trial(
            """
            require ["editheader", "fileinto"];
            addheader "X-First" "1";
            fileinto "A";
            deleteheader "Subject";
            """
        )
        #expect(
            report.text == """
                addheader "X-First": 1
                fileinto "A"
                """
        )
        let kept = try trial(
            """
            require ["editheader", "fileinto", "copy"];
            addheader "X-First" "1";
            fileinto :copy "A";
            deleteheader "Subject";
            """
        )
        #expect(
            kept.actions.map(\.text) == [
                "addheader \"X-First\": 1", "fileinto \"A\", as a copy", "deleteheader \"Subject\": Hello world",
                "keep (implicit)",
            ]
        )
    }

    @Test("the site's scripts run before and after, and what one does not keep ends there")
    func sequence() throws {
        let files = [
            "before.sieve": #"require ["fileinto", "copy"]; fileinto :copy "Before";"#,
            "after.sieve": #"require "fileinto"; fileinto "After";"#,
        ]
        let all = try trial("keep;", files: files) { trial, folder in
            trial.before = ["\(folder)/before.sieve"]
            trial.after = ["\(folder)/after.sieve"]
        }
        #expect(all.actions.map(\.mailbox) == ["Before", "After"])
        let ended = try trial("discard;", files: files) { trial, folder in
            trial.after = ["\(folder)/after.sieve"]
        }
        #expect(ended.actions.map(\.name) == ["discard"])
    }

    @Test("included scripts are found beside the script, global ones where it is told")
    func includes() throws {
        let script = #"require "include"; include "own"; include :global "site";"#
        let files = [
            "own.sieve": #"require "fileinto"; fileinto "Own";"#,
            "global/site.sieve": #"require "fileinto"; fileinto "Site";"#,
        ]
        let report = try trial(script, files: files) { trial, folder in trial.globalFolder = "\(folder)/global" }
        #expect(report.actions.map(\.mailbox) == ["Own", "Site"])
        #expect(report.error == nil)
    }

    @Test("mailboxes are there when they are named")
    func mailboxes() throws {
        let script = #"require ["mailbox", "fileinto"]; if mailboxexists "Work" { fileinto "Work"; }"#
        #expect(try trial(script).actions.map(\.mailbox) == ["INBOX"])
        let report = try trial(script) { trial, _ in trial.mailboxes = ["Work"] }
        #expect(report.actions.map(\.mailbox) == ["Work"])
    }

    @Test("the envelope is the message's unless another is given")
    func envelope() throws {
        let script = #"require ["envelope", "fileinto"]; if envelope "to" "carol@example.org" { fileinto "C"; }"#
        let guessed = try trial(script)
        #expect(guessed.sender == "bob@example.net")
        #expect(guessed.recipient == "alice@example.org")
        #expect(guessed.actions.map(\.mailbox) == ["INBOX"])
        let given = try trial(script) { trial, _ in trial.recipient = "<carol@example.org>" }
        #expect(given.actions.map(\.mailbox) == ["C"])
    }

    @Test("an error keeps the message and is told with its place")
    func runtimeError() throws {
        let report = try trial(#"require "reject"; keep; reject "No.";"#)
        #expect(report.actions.map(\.text) == ["keep (implicit)"])
        let error = try #require(report.error)
        #expect(error.contains("me.sieve:1:25: "))
    }

    @Test("a trace shows each step with its values")
    func trace() throws {
        let script = """
            require "variables";
            if header :matches "subject" "Hello *" {
                set "what" "${1}";
            }
            if header :is "subject" ["a", "b"] { discard; }
            """
        let report = try trial(script) { trial, _ in trial.isTracing = true }
        let steps = try #require(report.trace)
        #expect(steps.map(\.line) == [2, 2, 3, 5, 5, 5])
        #expect(steps[0].text == "'Hello world' matches 'Hello *'")
        #expect(steps[2].text == "set to 'world'")
        #expect(steps[3].text == "'Hello world' matches none of 'a', 'b'")
        #expect(report.text.hasSuffix("\nkeep (implicit)"))
        #expect(try trial(script).trace == nil)
    }

    @Test("a script that cannot be used is refused with all its mistakes")
    func brokenScript() throws {
        let error = #expect(throws: OperationError.self) { try trial("keep 3;\nfrob;\n") }
        let text = try #require(error?.message)
        #expect(text.contains("me.sieve:1:6: error: "))
        #expect(text.contains("me.sieve:2:1: error: unknown command 'frob'"))
    }
}
