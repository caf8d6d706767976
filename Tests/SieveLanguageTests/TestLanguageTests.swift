import Testing

@testable import SieveLanguage

@Suite("test language")
struct TestLanguageTests {
    private struct Files: SieveTestFiles {
        var files: [String: String]
        func read(_ path: String) -> [UInt8]? { self.files[path].map { Array($0.utf8) } }
    }

    private static func report(_ script: String, files: [String: String] = [:]) -> SieveTestReport {
        var all = files
        all["t/x.svtest"] = "require \"vnd.dovecot.testsuite\";\n\(script)"
        return SieveTestRunner(files: Files(files: all), now: fixedTime).run("t/x.svtest")
    }

    @Test("tests pass, fail with their reason, or are skipped where a script is missing")
    func outcomes() {
        let report = Self.report(
            """
            test "good" { keep; }
            test "bad" { test_fail "because"; }
            test "missing" { if test_script_compile "none.sieve" {} }
            test "good again" {}
            """
        )
        #expect(report.entries.map(\.name) == ["good", "bad", "missing", "good again"])
        #expect(report.summary == "2 passed, 1 failed, 1 skipped")
        #expect(report.entries[1].outcome == .failed("3:14: because"))
    }

    @Test("a file that is no script, or is not there, is a failure")
    func broken() {
        #expect(Self.report("frop;").summary == "0 passed, 1 failed, 0 skipped")
        #expect(
            SieveTestRunner(files: Files(files: [:]), now: fixedTime).run("x").summary
                == "0 passed, 1 failed, 0 skipped"
        )
        #expect(Self.report("keep :x;").faults.count == 1)
    }

    @Test("scripts are compiled, run and carried out, and what came of it is looked at")
    func scripts() {
        let script = """
            require ["variables", "envelope", "relational", "comparator-i;ascii-numeric"];
            test_set "message" "From: a@a.test\r\nTo: b@b.test\r\nSubject: Hi\r\n\r\nText\r\n";
            test_mailbox_create "Box";
            test "run" {
                if not allof (test_script_compile "s.sieve", test_script_run) { test_fail "run"; }
                if not test_result_action ["store"] { test_fail "action"; }
                if not test_result_action :index 2 "redirect" { test_fail "second action"; }
                if not test_result_execute { test_fail "execute"; }
                if not test_message :folder "Box" 0 { test_fail "folder"; }
                if not header "subject" "Hi" { test_fail "message"; }
                test_message :smtp 0;
                if not allof (envelope "to" "c@c.test", envelope "from" "a@a.test") { test_fail "envelope"; }
                if test_message :smtp 1 { test_fail "more than one"; }
            }
            test "errors" {
                if test_script_compile "bad.sieve" { test_fail "compiled"; }
                if not test_error :index 1 :contains "unknown command" { test_fail "error"; }
                if not test_error :count "eq" :comparator "i;ascii-numeric" "2" { test_fail "count"; }
            }
            test "missing folder" {
                test_result_reset;
                if not allof (test_script_compile "lost.sieve", test_script_run) { test_fail "run"; }
                if test_result_execute { test_fail "executed"; }
                if not test_error :contains "exist" { test_fail "error"; }
                if not test_message :folder "INBOX" 0 { test_fail "not kept"; }
            }
            """
        let report = Self.report(
            script,
            files: [
                "t/s.sieve": "require \"fileinto\"; fileinto \"Box\"; redirect \"c@c.test\";", "t/bad.sieve": "frop;",
                "t/lost.sieve": "require \"fileinto\"; fileinto \"Lost\";",
            ]
        )
        #expect(report.faults == [])
        #expect(report.entries.map(\.outcome) == [.passed, .passed, .passed])
    }

    @Test("several scripts run one behind the other")
    func multiscript() {
        let report = Self.report(
            """
            test "both" {
                if not test_multiscript ["a.sieve", "b.sieve"] { test_fail "failed"; }
                if not test_message :folder "B" 0 { test_fail "not filed"; }
                if not header "x-a" "1" { test_fail "not marked"; }
            }
            """,
            files: [
                "t/a.sieve": "require \"editheader\"; addheader \"X-A\" \"1\";",
                "t/b.sieve": "require [\"fileinto\", \"mailbox\"]; fileinto :create \"B\";",
            ]
        )
        #expect(report.entries.map(\.outcome) == [.passed])
    }

    @Test("settings change what scripts may do once they are reloaded")
    func settings() {
        let report = Self.report(
            """
            require ["envelope", "subaddress", "servermetadata", "mboxmetadata"];
            test_set "envelope.to" "bob-x@b.test";
            test "settings" {
                if envelope :detail "to" "x" { test_fail "too early"; }
                test_config_set "recipient_delimiter" "-";
                if envelope :detail "to" "x" { test_fail "not reloaded"; }
                test_config_reload;
                if not envelope :detail "to" "x" { test_fail "reloaded"; }
                test_config_unset "recipient_delimiter";
                test_config_reload :extension "subaddress";
                if envelope :detail "to" "x" { test_fail "unset"; }
            }
            test "metadata" {
                test_imap_metadata_set "/private/a" "1";
                test_imap_metadata_set :mailbox "INBOX" "/private/b" "2";
                if not servermetadata "/private/a" "1" { test_fail "server"; }
                if not metadata "inbox" "/private/b" "2" { test_fail "mailbox"; }
            }
            """
        )
        #expect(report.faults == [])
        #expect(report.entries.map(\.outcome) == [.passed, .passed])
    }
}
