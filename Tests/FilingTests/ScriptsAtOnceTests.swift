import MailQueue
import MailStore
import MailTesting
import MailTypes
import Storage
import Testing

@testable import Filing

@Suite("scripts that run where the message comes in", .timeLimit(.minutes(10)))
struct ScriptsAtOnceTests {
    @Test("a script that is compiled already does the same to the next message, and is told the truth when it asks")
    func compiledBefore() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["fileinto", "mailbox", "envelope", "imap4flags"];
                if mailboxexists "later" { fileinto "later"; }
                elsif envelope :is "to" "alice@martlet.test" { fileinto :flags "\\\\Seen" :create "lists"; }
                """
            )
            #expect(await room.deliver() == ["stored lists"])
            let both = [TestMailroom.alice, TestMailroom.bob]
            #expect(await room.deliver(to: both) == ["stored lists", "stored INBOX"])
            let other = "require [\"fileinto\", \"mailbox\"]; fileinto :create \"later\";"
            try await room.setScript(other, name: "other")
            #expect(await room.deliver() == ["stored later"])
            #expect(await room.deliver() == ["stored later"])
            try await room.store.activateScript("main", of: TestMailroom.alice)
            #expect(await room.deliver() == ["stored later"])
            #expect(await room.deliver() == ["stored later"])
            #expect(room.store.check() == [])
        }
    }

    @Test("a script that takes many steps does what it wants, for the first message and for the next")
    func manySteps() async throws {
        let keys = (0..<3_000).map { "\"word \($0)\"" }.joined(separator: ", ")
        let test = "if header :contains \"subject\" [\(keys)] { discard; stop; }\n"
        let script = "require \"fileinto\";\n" + String(repeating: test, count: 10) + "fileinto \"Archive\";\n"
        try await TestMailroom.with { room in
            try await room.setScript(script)
            for _ in 0..<2 { #expect(await room.deliver() == ["stored Archive"]) }
            #expect(await room.deliver(TestMailroom.message("Subject: word 2999\r\n")) == ["discarded"])
        }
    }

    @Test("a site's script that asks for a special use gets each account's answer")
    func specialUse() async throws {
        let script = "require \"special-use\"; if specialuse_exists \"\\\\Junk\" { discard; }"
        try await TestMailroom.with(before: [script]) { room in
            #expect(await room.deliver(to: [TestMailroom.alice, TestMailroom.bob]) == ["discarded", "discarded"])
        }
    }
}
