import MailTesting
import MailTypes
import Storage
import Testing

@testable import MailStore

@Suite("Sieve scripts of an account", .timeLimit(.minutes(10)))
struct ScriptTests {
    private static let alice = TestStore.alice

    @Test("a script that was put is listed with its octets and read as it was")
    func put() async throws {
        try await TestStore.with { test in
            try await test.store.putScript("Büro", text: Array("keep;\r\n".utf8), of: Self.alice)
            try await test.store.putScript("a", text: [], of: Self.alice)
            let listed = try await test.store.scripts(of: Self.alice)
            #expect(listed.map(\.name) == ["Büro", "a"])
            #expect(listed.map(\.octets) == [7, 0])
            #expect(listed.allSatisfy { !$0.isActive })
            #expect(try await test.store.script("Büro", of: Self.alice) == Array("keep;\r\n".utf8))
            #expect(try await test.store.script("b", of: Self.alice) == nil)
            #expect(try await test.store.scripts(of: TestStore.bob) == [])
        }
    }

    @Test("one script at the most is active, stays so when it is put again or renamed, and cannot be removed")
    func active() async throws {
        try await TestStore.with { test in
            let store = test.store
            for name in ["a", "b"] { try await store.putScript(name, text: [1], of: Self.alice) }
            try await store.activateScript("a", of: Self.alice)
            try await store.activateScript("b", of: Self.alice)
            try await store.putScript("b", text: [2, 3], of: Self.alice)
            try await store.renameScript("b", to: "c", of: Self.alice)
            #expect(
                try await store.scripts(of: Self.alice).map { "\($0.name) \($0.isActive)" } == ["a false", "c true"]
            )
            await #expect(throws: ScriptError.scriptIsActive) { try await store.removeScript("c", of: Self.alice) }
            try await store.activateScript(nil, of: Self.alice)
            try await store.removeScript("c", of: Self.alice)
            #expect(try await store.scripts(of: Self.alice).map(\.name) == ["a"])
        }
    }

    @Test("what is not there, is there already or has no name is refused")
    func refusals() async throws {
        try await TestStore.with { test in
            let store = test.store
            for name in ["a", "b"] { try await store.putScript(name, text: [], of: Self.alice) }
            await #expect(throws: ScriptError.noSuchScript) { try await store.removeScript("x", of: Self.alice) }
            await #expect(throws: ScriptError.noSuchScript) { try await store.activateScript("x", of: Self.alice) }
            await #expect(throws: ScriptError.noSuchScript) {
                try await store.renameScript("x", to: "y", of: Self.alice)
            }
            await #expect(throws: ScriptError.scriptExists) {
                try await store.renameScript("a", to: "b", of: Self.alice)
            }
            await #expect(throws: ScriptError.noSuchAccount) {
                try await store.putScript("a", text: [], of: AccountID(rawValue: 99))
            }
            for name in ["", "a\u{7F}", "a\nb", "a/b", "..", "\u{2028}", String(repeating: "ä", count: 257)] {
                await #expect(throws: ScriptError.invalidName) {
                    try await store.putScript(name, text: [], of: Self.alice)
                }
            }
        }
    }

    @Test("the quota counts all scripts but the one that is replaced")
    func quota() async throws {
        try await TestStore.with { test in
            let store = test.store
            let quota = ScriptQuota(scripts: 2, octets: 10)
            try await store.putScript("a", text: Array(repeating: 1, count: 6), of: Self.alice, quota: quota)
            await #expect(throws: ScriptError.scriptsTooLarge) {
                try await store.putScript("b", text: Array(repeating: 1, count: 5), of: Self.alice, quota: quota)
            }
            try await store.putScript("a", text: Array(repeating: 1, count: 10), of: Self.alice, quota: quota)
            try await store.putScript("b", text: [], of: Self.alice, quota: quota)
            try await store.requireRoomForScript("b", octets: 0, of: Self.alice, quota: quota)
            await #expect(throws: ScriptError.tooManyScripts) {
                try await store.requireRoomForScript("c", octets: 0, of: Self.alice, quota: quota)
            }
        }
    }

    @Test("delivery knows from memory who has an active script, and when any script of theirs changed")
    func edition() async throws {
        try await TestStore.with { test in
            let store = test.store
            #expect(store.activeScriptEdition(of: Self.alice) == nil)
            try await store.putScript("a", text: [], of: Self.alice)
            #expect(store.activeScriptEdition(of: Self.alice) == nil)
            try await store.activateScript("a", of: Self.alice)
            let first = try #require(store.activeScriptEdition(of: Self.alice))
            try await store.putScript("included", text: [], of: Self.alice)
            let second = try #require(store.activeScriptEdition(of: Self.alice))
            #expect(second > first)
            #expect(store.activeScriptEdition(of: TestStore.bob) == nil)
            try await store.removeAccount(Self.alice)
            #expect(store.activeScriptEdition(of: Self.alice) == nil)
            try await store.createAccount(Self.alice)
            #expect(try await store.scripts(of: Self.alice) == [])
        }
    }

    @Test("names that look the same are one script's, in normal form C (RFC 5198 §3)")
    func normalForm() async throws {
        try await TestStore.with { test in
            let store = test.store
            let (composed, decomposed) = ("B\u{FC}ro", "Bu\u{308}ro")
            try await store.putScript(decomposed, text: [1], of: Self.alice)
            try await store.putScript(composed, text: [2], of: Self.alice)
            let names = try await store.scripts(of: Self.alice).map { Array($0.name.utf8) }
            #expect(names == [Array(composed.utf8)])
            #expect(try await store.script(decomposed, of: Self.alice) == [2])
            try await store.activateScript(decomposed, of: Self.alice)
            await #expect(throws: ScriptError.scriptExists) {
                try await store.renameScript(composed, to: decomposed, of: Self.alice)
            }
            for name in ["\u{FFFE}", "a\u{1FFFF}", "\u{FEFF}a", "\u{9F}"] {
                await #expect(throws: ScriptError.invalidName) {
                    try await store.putScript(name, text: [], of: Self.alice)
                }
            }
        }
    }

    @Test("a script that was kept as it was typed is found by its normal form, and renamed to it")
    func olderNames() async throws {
        try await TestStore.with { test in
            let store = test.store
            let (composed, decomposed) = ("B\u{FC}ro", "Bu\u{308}ro")
            try await store.putScript("x", text: [1], of: Self.alice)
            try await store.mailShard(of: Self.alice).change(.durable) { database, _ in
                let statement = try database.statement("UPDATE script SET name = ?")
                statement.bind(decomposed, at: 1)
                try statement.run()
            }
            #expect(try await store.script(composed, of: Self.alice) == [1])
            try await store.putScript(composed, text: [2], of: Self.alice)
            #expect(try await store.scripts(of: Self.alice).map(\.octets) == [1])
            try await store.activateScript(composed, of: Self.alice)
            try await store.renameScript(composed, to: composed, of: Self.alice)
            let names = try await store.scripts(of: Self.alice).map { Array($0.name.utf8) }
            #expect(names == [Array(composed.utf8)])
            try await store.activateScript(nil, of: Self.alice)
            try await store.removeScript(decomposed, of: Self.alice)
            #expect(try await store.scripts(of: Self.alice) == [])
        }
    }

    @Test("an active script is known after a restart")
    func restart() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await TestStore(in: folder)
            try await before.store.putScript("a", text: [], of: Self.alice)
            try await before.store.activateScript("a", of: Self.alice)
            before.store.close()
            let after = try await TestStore(in: folder)
            #expect(after.store.activeScriptEdition(of: Self.alice) != nil)
            after.store.close()
        }
    }
}
