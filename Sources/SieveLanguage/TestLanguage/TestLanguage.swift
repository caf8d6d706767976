/// The test language (`vnd.dovecot.testsuite`), in which tests of Sieve are Sieve scripts: its commands and tests.
///
/// A test script sets a message and an envelope, runs other scripts or its own commands, carries out what they
/// planned on mailboxes in memory, and looks at what came of it. Nothing outside is touched; scripts come from
/// ``SieveTestFiles``.
///
/// Limits: those of every script.
enum TestLanguage {
    static let words = SieveExtension(calls: Self.commands + Self.tests + Self.hybrids)

    private static func command(
        _ name: String,
        _ parameters: [CallParameter] = [],
        tags: [TagRule] = [],
        takesBlock: Bool = false,
        optional: Int = 0,
        _ build: @escaping @Sendable (CheckedCall, SieveChecker) -> (any CheckedCommand)?
    ) -> CallRule {
        CallRule(
            name: name,
            capabilities: [.testsuite],
            parameters: parameters,
            trailingOptionalCount: optional,
            takesBlock: takesBlock,
            tags: tags,
            builder: .command(build)
        )
    }

    private static func test(
        _ name: String,
        _ parameters: [CallParameter] = [],
        tags: [TagRule] = [],
        takesMatch: Bool = false,
        _ build: @escaping @Sendable (CheckedCall, SieveChecker) -> (any CheckedTest)?
    ) -> CallRule {
        CallRule(
            name: name,
            capabilities: [.testsuite],
            parameters: parameters,
            takesMatch: takesMatch,
            tags: tags,
            builder: .test(build)
        )
    }

    private static let commands = [
        Self.command("test", [.string("name")], takesBlock: true, TestBlockCommand.init),
        Self.command("test_fail", [.string("reason")], TestFailCommand.init),
        Self.command("test_set", [.string("what"), .string("value")], TestSetCommand.init),
        Self.command("test_config_set", [.string("setting"), .string("value")], TestConfigCommand.init),
        Self.command("test_config_unset", [.string("setting")], TestConfigCommand.init),
        Self.command("test_config_reload", tags: [TagRule("extension", value: .string)], TestConfigCommand.init),
        Self.command("test_result_reset") { call, _ in TestResetCommand(position: call.position) },
        Self.command("test_result_print") { call, _ in TestPrintCommand(position: call.position) },
        Self.command("test_mailbox_create", [.string("mailbox")], TestMailboxCommand.init),
        Self.command("test_mailbox_delete", [.string("mailbox")], TestMailboxCommand.init),
        Self.command(
            "test_mailbox",
            [.string("mailbox")],
            tags: [TagRule("create"), TagRule("delete")],
            TestMailboxCommand.init
        ),
        Self.command(
            "test_imap_metadata_set",
            [.string("annotation"), .string("value")],
            tags: [TagRule("mailbox", value: .string)],
            TestMetadataCommand.init
        ),
        Self.command("test_binary_save", [.string("name")]) { call, _ in TestBinaryCommand(call) },
        Self.command("test_binary_load", [.string("name")]) { call, _ in TestBinaryCommand(call) },
    ]

    private static let tests = [
        Self.test("test_script_compile", [.string("script")], TestCompileTest.init),
        Self.test("test_script_run", tags: [TagRule("append_result")], TestRunTest.init),
        Self.test("test_multiscript", [.list("scripts")], TestMultiscriptTest.init),
        Self.test(
            "test_error",
            [.list("key list")],
            tags: [TagRule("index", value: .number)],
            takesMatch: true,
            TestErrorTest.init
        ),
        Self.test(
            "test_result_action",
            [.list("key list")],
            tags: [TagRule("index", value: .number)],
            takesMatch: true,
            TestActionTest.init
        ),
    ]

    private static let messageTags = [
        TagRule("smtp", group: "source"), TagRule("folder", value: .string, group: "source"),
    ]

    /// Words that are commands and tests.
    private static let hybrids = [
        Self.command("test_message", [.number("number")], tags: Self.messageTags, TestMessageStep.init),
        Self.test("test_message", [.number("number")], tags: Self.messageTags, TestMessageStep.init),
        Self.command("test_result_execute", [], TestExecuteStep.init),
        Self.test("test_result_execute", [], tags: [], TestExecuteStep.init),
    ]
}
