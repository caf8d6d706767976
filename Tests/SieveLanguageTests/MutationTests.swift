import NIOCore
import Testing

@testable import SieveLanguage

/// Scripts put together by chance from the language's own words, and right ones with octets changed: whatever they are,
/// they are checked and run without harm, and cost no more than is allowed.
@Suite("scripts by chance")
struct MutationTests {
    /// A generator that gives the same numbers each time.
    private struct Chance: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var mixed = self.state
            mixed ^= mixed >> 33
            mixed = mixed &* 0xFF51_AFD7_ED55_8CCD
            return mixed ^ mixed >> 29
        }
    }

    private static let required = SieveCapability.offered.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")

    private static let tests = [
        "header :matches \"subject\" \"*\"", "header :regex \"subject\" \"(l+)o?\"",
        "header :mime :anychild \"from\" \"x\"",
        "address :detail \"to\" \"x\"", "envelope :is \"from\" \"\"", "body :text :contains \"Grüße\"",
        "size :over 100",
        "exists :mime \"content-type\"", "string \"${a}\" \"${1}\"", "hasflag \"a\"", "date \"date\" \"year\" \"2026\"",
        "currentdate \"weekday\" \"2\"", "duplicate", "spamtest :percent \"0\"", "mailboxexists \"INBOX\"",
        "ihave \"copy\"",
        "header :count \"gt\" :comparator \"i;ascii-numeric\" \"subject\" \"0\"", "not true", "anyof (false, true)",
        "header :index 1 :last \"received\" \"x\"", "body :content \"text\" :matches \"*e*\"",
    ]

    private static let commands = [
        "keep;", "discard;", "stop;", "fileinto \"a\";", "fileinto :copy :flags \"x\" \"${a}\";",
        "redirect \"a@b.test\";",
        "set :upper \"a\" \"${a}x${0}\";", "setflag \"a\" \"b c\";", "addflag \"d\";", "addheader \"X-A\" \"${a}\";",
        "addheader :last \"X-B\" \"b\";", "deleteheader :index 1 \"x-a\";", "deleteheader \"subject\";",
        "reject \"no\";",
        "vacation \"away\";", "notify \"mailto:a@b.test\";", "replace \"new\";", "enclose \"see\";", "error \"e\";",
        "foreverypart { extracttext \"a\"; replace \"part\"; }",
        "foreverypart { if exists :mime :anychild \"from\" { break; } }",
        "include :optional \"a\";", "return;", "removeflag \"a\";", "set \"a\" \"${a}${a}\";",
    ]

    private static func script(_ chance: inout Chance) -> String {
        var script = "require [\(Self.required)];\n"
        for _ in 0..<Int.random(in: 1...12, using: &chance) {
            let command = Self.commands.randomElement(using: &chance) ?? ""
            if Bool.random(using: &chance) {
                script += "if \(Self.tests.randomElement(using: &chance) ?? "true") { \(command) } else { keep; }\n"
            } else {
                script += "\(command)\n"
            }
        }
        return script
    }

    @Test("right scripts run to an end, and every action's message can be written", arguments: 0..<8)
    func rightScripts(_ seed: UInt64) throws {
        var chance = Chance(state: seed)
        let messages = [plainMessage, BodyTests.message, EditingTests.message, "", "\n", "no header", "Subject: x"]
        for _ in 0..<150 {
            let program = try program(Self.script(&chance))
            for text in messages {
                let bytes = ByteBuffer(bytes: wire(text))
                let result = program.run(on: SieveMessage(bytes), situation: situation(), world: FakeWorld())
                #expect(result.steps <= SieveLimits().stepsMax)
                #expect(result.error == nil || result.implicitKeep != nil, "an error keeps the message")
                for edition in result.editions {
                    var written = ByteBuffer()
                    edition.write(bytes, into: &written)
                    #expect(written.readableBytes == edition.octets)
                }
            }
        }
    }

    @Test("broken scripts are refused with a place inside them", arguments: 0..<8)
    func brokenScripts(_ seed: UInt64) {
        var chance = Chance(state: seed &+ 1_000)
        for _ in 0..<200 {
            var script = Array(Self.script(&chance).utf8)
            for _ in 0..<Int.random(in: 1...6, using: &chance) {
                let place = Int.random(in: 0..<script.count, using: &chance)
                switch Int.random(in: 0..<3, using: &chance) {
                case 0: script[place] = UInt8.random(in: 0...255, using: &chance)
                case 1: script.remove(at: place)
                default: script.insert("\"{}()[],;:#/*\\$".utf8.randomElement(using: &chance) ?? 0, at: place)
                }
            }
            let lines = script.count { $0 == 0x0A } + 1
            let compilation = SieveCompiler().compile(script)
            #expect((compilation.program == nil) == !compilation.errors.isEmpty)
            #expect(compilation.diagnostics.allSatisfy { (1...lines).contains($0.position.line) })
            guard let program = compilation.program else { continue }
            _ = program.run(
                on: SieveMessage(ByteBuffer(bytes: wire(plainMessage))),
                situation: situation(),
                world: FakeWorld()
            )
        }
    }
}
