import Directory
import MailStore
import MailTypes
import Testing

@testable import Operations

@Suite("scripts that redirect to where mail cannot go")
struct RedirectConcernTests {
    @Test("are kept, with a warning that says what is wrong with the address and where it stands")
    func warning() async throws {
        try await withSystem { system in
            var system = system
            system.hasRoute = { $0.domain == Domain("known.example") }
            let address = EmailAddress(localPart: "alice", domain: Domain("example.org"))
            try await system.store.createAccount(
                try await system.directory.addAccount(NewAccount(address: address, password: .none))
            )
            func put(_ script: String) async throws -> String {
                try await ScriptPut(address: "alice@example.org", script: "main", text: script, activates: false)
                    .perform(on: system).message
            }
            let far = try await put("keep;\nredirect \"x@far.example\";")
            #expect(far.contains("2:10: warning: what is redirected to 'x@far.example' comes back"))
            #expect(far.hasSuffix("this server knows no way to far.example"))
            let nobody = try await put("redirect \"nobody@example.org\";")
            #expect(nobody.hasSuffix("'nobody@example.org' comes back: nobody here has this address"))
            for fine in ["x@known.example", "alice+x@example.org", "${1}@far.example"] {
                let script = "require \"variables\"; redirect \"\(fine)\";"
                #expect(try await put(script).contains("warning") == false, "\(fine)")
            }
        }
    }
}
