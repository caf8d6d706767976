import Directory
import MailStore
import MailTypes
import Testing

@testable import Operations

@Suite("store check, of directory and mailboxes together", .timeLimit(.minutes(5)))
struct StoreCheckTests {
    @Test("accounts that only one of the two knows are told, each with its number")
    func accounts() async throws {
        try await withSystem { system in
            let address = EmailAddress(localPart: "alice", domain: Domain("example.org"))
            let alice = try await system.directory.addAccount(NewAccount(address: address, password: .none))
            try await system.store.createAccount(alice)
            let sound = try await StoreCheck().perform(on: system)
            #expect(sound.findings.isEmpty && sound.leftovers == [])

            let other = EmailAddress(localPart: "bob", domain: Domain("example.org"))
            let bob = try await system.directory.addAccount(NewAccount(address: other, password: .none))
            try await system.directory.removeAccount(alice)
            let output = try await StoreCheck().perform(on: system)
            #expect(
                output.findings == [
                    "mail0: accountNotInDirectory: account \(alice.rawValue) with 0 messages, 0 octets"
                ]
            )
            // The next start makes its mailboxes.
            #expect(
                output.leftovers == [
                    "directory: accountWithoutMailboxes: account \(bob.rawValue), bob@example.org"
                ]
            )
        }
    }

    @Test("the mail of an account that the directory does not know can be removed, that of others cannot")
    func forgotten() async throws {
        try await withSystem { system in
            let address = EmailAddress(localPart: "alice", domain: Domain("example.org"))
            let alice = try await system.directory.addAccount(NewAccount(address: address, password: .none))
            try await system.store.createAccount(alice)
            await #expect(throws: OperationError.self) {
                try await AccountForget(id: alice.rawValue).perform(on: system)
            }
            await #expect(throws: OperationError.self) { try await AccountForget(id: 77).perform(on: system) }
            #expect(try await system.store.accounts() == [alice])

            try await system.directory.removeAccount(alice)
            _ = try await AccountForget(id: alice.rawValue).perform(on: system)
            #expect(try await system.store.accounts() == [])
            #expect(try await StoreCheck().perform(on: system).findings == [])
        }
    }
}
