import MailTesting
import MailTypes
import Testing

@testable import Operations

@Suite("Sieve scripts in files")
struct SieveFilesTests {
    @Test("a check tells every mistake with its place, and warnings do not make a script unusable")
    func check() throws {
        let files = [
            "right.sieve": "keep;\n",
            "wrong.sieve": "keep;\nif header :is \"a\" { stop; }\nredirect \"b\";\n",
            "odd.sieve": "if size :under 0 { stop; }\n",
        ]
        try TemporaryFolder.with(files) { folder in
            let right = try SieveFiles().check("\(folder)/right.sieve")
            #expect(right.isUsable)
            #expect(right.text == "\(folder)/right.sieve is right.")
            let wrong = try SieveFiles().check("\(folder)/wrong.sieve")
            #expect(!wrong.isUsable)
            #expect(wrong.mistakes.map(\.line) == [2, 3])
            #expect(wrong.mistakes.map(\.column) == [4, 10])
            #expect(wrong.text.hasSuffix("'b' is no address: expected one like 'user@example.org'"))
            let odd = try SieveFiles().check("\(folder)/odd.sieve")
            #expect(odd.isUsable)
            #expect(odd.mistakes.map(\.severity) == ["warning"])
        }
    }

    @Test("a file that is not there or too large is an error that says so")
    func unreadable() throws {
        let large = String(repeating: "# a comment of no use at all\n", count: 100_000)
        try TemporaryFolder.with(["large.sieve": large]) { folder in
            let missing = #expect(throws: OperationError.self) { try SieveFiles().check("\(folder)/none.sieve") }
            #expect(missing?.message.hasSuffix("none.sieve cannot be read: No such file or directory") == true)
            let tooLarge = #expect(throws: OperationError.self) { try SieveFiles().check("\(folder)/large.sieve") }
            #expect(tooLarge?.message.contains("octets") == true)
        }
    }

    private static let suite = """
        require "vnd.dovecot.testsuite";
        test_set "message" "Subject: x\\r\\n\\r\\n";
        test "right" {
            if not test_script_compile "../scripts/a.sieve" { test_fail "no compilation"; }
            if not test_script_run { test_fail "no run"; }
            if not test_result_action "store" { test_fail "no store"; }
        }
        test "wrong" { test_fail "on purpose"; }
        test "missing" { if not test_script_compile "none.sieve" { test_fail "no"; } }
        """

    @Test("tests find scripts beside their file, and those scripts what they include in the folder for it")
    func testSuite() throws {
        let files = [
            "tests/a.svtest": Self.suite.replacing("\\r\\n", with: "\r\n"),
            "scripts/a.sieve": #"require "include"; include "b";"#,
            "tests/included/b.sieve": #"require "fileinto"; fileinto "B";"#,
        ]
        try TemporaryFolder.with(files) { folder in
            let suite = SieveTestSuite(now: Instant(secondsSince1970: 1_784_000_000))
            let reports = ["a", "none"].map { suite.run("\(folder)/tests/\($0).svtest") }
            #expect(reports[0].tests.map(\.outcome) == [.passed, .failed, .skipped])
            let lines = reports[0].text.split(separator: "\n")
            #expect(lines[1] == "  ok       right")
            #expect(lines[2].hasPrefix("  FAILED   wrong: "))
            #expect(lines[2].hasSuffix("on purpose"))
            #expect(lines[3].hasPrefix("  skipped  missing: there is no script"))
            #expect(reports[1].faults.count == 1)
            #expect(SieveTestSuiteReport(reports).summary == "1 passed, 2 failed, 1 skipped")
        }
    }

    @Test("a message with bare line feeds is read as if with CRLF, without the separator of a mailbox file")
    func message() throws {
        try TemporaryFolder.with(["m": "From bob Thu\nA: 1\r\nB: 2\n\nText\n"]) { folder in
            let message = try InputFile.message("\(folder)/m")
            #expect(String(decoding: message, as: UTF8.self) == "A: 1\r\nB: 2\r\n\r\nText\r\n")
        }
    }
}
