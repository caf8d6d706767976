import Directory
import Foundation
import MailStore
import MailTypes
import Telemetry
import Testing
import Trace

@testable import Operations

@Suite("administration of a large site", .timeLimit(.minutes(10)))
struct ManyAccountsTests {
    private static let count = 10_000

    @Test("lesson 25: with 10,000 accounts and aliases lists, views and searches answer no more than was asked for")
    func answers() async throws {
        try await withSystem { system in
            let addresses = (0..<Self.count).map { EmailAddress(localPart: "u\($0)", domain: Domain("example.org")) }
            let ids = try await system.directory.addAccounts(addresses.map { NewAccount(address: $0, password: .none) })
            try await system.directory.addAliases(
                addresses.map { address in
                    Alias(
                        address: EmailAddress(localPart: "a-\(address.localPart)", domain: address.domain),
                        targets: [address]
                    )
                }
            )
            try await system.store.createAccount(ids[77])
            for (number, address) in addresses.enumerated() {
                system.journal.record(
                    system.journal.makeID(),
                    .stored,
                    (.recipient, "\(address)"),
                    (.size, "\(number)")
                )
                if number % 500 == 0 { system.journal.flush() }
            }
            try await Self.expect(AccountList(containing: "", limit: 1_000), on: system, octetsMax: 200_000)
            try await Self.expect(AccountList(containing: "u77", limit: 1_000), on: system, octetsMax: 30_000)
            try await Self.expect(AccountShow(address: "u77@example.org"), on: system, octetsMax: 1_000)
            try await Self.expect(AliasList(containing: "", limit: 1_000), on: system, octetsMax: 200_000)
            try await Self.expect(DomainList(), on: system, octetsMax: 1_000)
            try await Self.expect(MailboxList(address: "u77@example.org"), on: system, octetsMax: 3_000)
            try await Self.expect(TraceQuery(query: "u77@example.org"), on: system, octetsMax: 1_000)
            let shown = try await AccountShow(address: "u77@example.org").perform(on: system)
            #expect(shown.aliases == ["a-u77@example.org"])
        }
    }

    private static func expect<Call: AdministrativeCall>(
        _ call: Call,
        on system: AdministeredSystem,
        octetsMax: Int
    ) async throws {
        let octets = try JSONEncoder().encode(try await call.perform(on: system)).count
        #expect(octets > 2 && octets <= octetsMax, "\(octets) octets from \(Call.name)")
    }
}
