import MailTypes
import Testing

@testable import Operations

@Suite("aliases that lead elsewhere")
struct AliasWarningTests {
    @Test("to where there is no way are made, with a warning that names what is lost")
    func warning() async throws {
        try await withSystem { system in
            var system = system
            system.hasRoute = { $0.domain == Domain("known.example") }
            let add = AliasAdd(address: "a@example.org", targets: ["x@known.example", "y@far.example"])
            let done = try await add.perform(on: system)
            #expect(done.message.contains("Warning: there is no way to y@far.example."))
            let fine = AliasAdd(address: "b@example.org", targets: ["a@example.org", "x@known.example"])
            #expect(try await fine.perform(on: system).message.contains("Warning") == false)
        }
    }
}
