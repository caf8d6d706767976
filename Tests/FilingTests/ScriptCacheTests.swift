import MailTypes
import SieveLanguage
import Testing

@testable import Filing

@Suite("compiled scripts of accounts")
struct ScriptCacheTests {
    private static let text = Array("if size :over 1M { discard; }\n".utf8)

    private let cache = ScriptCache()
    private let compiler = SieveCompiler(limits: SieveLimits(), settings: SieveSettings())

    private func program(_ account: Int64, edition: Int = 1, name: String = "main", _ text: [UInt8]) -> SieveProgram? {
        self.cache.program("", of: AccountID(rawValue: account), edition: edition) {
            self.cache.program(compiling: text, name: name, by: self.compiler)
        }
    }

    @Test("accounts that have the same script share one program, others have their own")
    func shared() throws {
        let first = try #require(self.program(1, Self.text))
        #expect(self.program(2, Self.text) === first)
        #expect(self.program(3, Self.text + [0x0A]) !== first)
        // What errors and traces call a script is a part of the program.
        #expect(self.program(4, name: "other", Self.text)?.name == "other")
        #expect(self.cache.known(of: AccountID(rawValue: 2), edition: 1) === first)
    }

    @Test("an account's program is known in the edition it was read in, and until all are forgotten")
    func editions() throws {
        let old = try #require(self.program(1, Self.text))
        #expect(self.cache.known(of: AccountID(rawValue: 1), edition: 2) == nil)
        let new = try #require(self.program(1, edition: 2, Self.text + Self.text))
        #expect(self.cache.known(of: AccountID(rawValue: 1), edition: 2) === new)
        #expect(self.program(1, edition: 2, Self.text) === new)
        // A text that was read before is not kept in the place of a later one.
        _ = self.program(1, edition: 1, Self.text)
        #expect(self.cache.known(of: AccountID(rawValue: 1), edition: 2) === new)
        self.cache.forgetAll()
        #expect(self.cache.known(of: AccountID(rawValue: 1), edition: 2) == nil)
        #expect(self.program(1, edition: 2, Self.text) !== old)
    }

    @Test("a script that is not right has no program, and is not compiled for the same account again")
    func wrong() {
        #expect(self.program(1, Array("if nonsense".utf8)) == nil)
        #expect(self.program(1, Self.text) == nil)
        #expect(self.cache.known(of: AccountID(rawValue: 1), edition: 1) == nil)
    }

    @Test("an account that changes its script again and again does not fill the memory with those of before")
    func bounded() {
        let lines = String(repeating: "# a comment of sixty-four octets, which makes scripts large....\n", count: 4_096)
        for edition in 1...60 {
            let text = Array("keep;\n\(lines)# \(edition)".utf8)
            #expect(self.program(1, edition: edition, text) != nil)
            #expect(self.cache.textOctets <= ScriptCache.textOctetsMax)
            #expect(self.cache.known(of: AccountID(rawValue: 1), edition: edition) != nil)
        }
        #expect(self.cache.textOctets > 0)
    }
}
