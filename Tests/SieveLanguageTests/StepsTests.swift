import NIOCore
import Testing

@testable import SieveLanguage

/// What a list in a script and a list in a message make of work together is paid for where it is done, so that no pair
/// of them takes long.
@Suite("steps")
struct StepsTests {
    private static let lines = 100
    /// As many fields of one name.
    private static let fields = String(repeating: "X: a\n", count: lines) + "\n"
    /// As many parts, the last with a field that no other has.
    private static let parts =
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        + String(repeating: "--x\n\n\n", count: lines - 1) + "--x\nX: a\n\n\n--x--\n"
    /// As many parameters.
    private static let parameters =
        "MIME-Version: 1.0\nContent-Type: text/plain" + (0..<lines).map { ";\n p\($0)=v" }.joined() + "\n\n"

    /// A list of one string many times.
    private static func list(_ text: String) -> String {
        "[" + repeatElement("\"\(text)\"", count: Self.lines).joined(separator: ", ") + "]"
    }

    private static let required = [
        "index", "date", "mime", "body", "relational", "comparator-i;ascii-numeric", "variables", "regex", "editheader",
        "enclose",
    ]

    private static func steps(_ commands: String, on message: String) throws -> Int {
        let names = Self.required.map { "\"\($0)\"" }.joined(separator: ", ")
        let result = try run("require [\(names)];\n\(commands)", on: message)
        #expect(result.error == nil)
        return result.steps
    }

    private static let count = ":count \"eq\" :comparator \"i;ascii-numeric\""

    @Test(
        "names times fields take as many steps",
        arguments: [
            "if header :index 20000 \(list("x")) \"a\" {}", "if header :index 1 :last \(list("x")) \"a\" {}",
            "if header \(count) \(list("x")) \"0\" {}", "if address :mime \(list("to")) \"aa\" {}",
            "enclose :headers \(list("X: b")) \"See.\";",
            String(repeating: "deleteheader :index 20000 \"x\";\n", count: lines),
            "set \"p\" \"(\"; if header :regex \(list("x")) \"${p}\" {}",
        ]
    )
    func fields(_ commands: String) throws {
        let message = commands.contains("address") ? Self.fields.replacing("X: a", with: "To: ") : Self.fields
        #expect(try Self.steps(commands, on: message) >= Self.lines * Self.lines)
    }

    @Test(
        "names times parts take as many steps",
        arguments: [
            "if body :content \(list("image/png")) :contains \"a\" {}", "if exists :mime :anychild \(list("x")) {}",
            String(repeating: "if body :text :contains \"aa\" {}\n", count: lines),
        ]
    )
    func parts(_ commands: String) throws {
        #expect(try Self.steps(commands, on: Self.parts) >= Self.lines * Self.lines)
    }

    @Test("names times parameters take as many steps, and none are looked at behind the one that matches")
    func parameters() throws {
        func test(_ value: String) -> String {
            "if header :mime :param \(Self.list("p99")) \"content-type\" \"\(value)\" {}"
        }
        #expect(try Self.steps(test("w"), on: Self.parameters) >= Self.lines * Self.lines)
        #expect(try Self.steps(test("v"), on: Self.parameters) < 2 * Self.lines)
    }

    @Test(
        "what is empty takes a step all the same",
        arguments: [
            "if string \(count) \(list("")) \"0\" {}", "if string \(count) \(list("a")) \"0\" {}",
            "set \"b\" \"\(String(repeating: "${a}", count: lines))\";",
        ]
    )
    func empty(_ commands: String) throws {
        #expect(try Self.steps(commands, on: plainMessage) >= Self.lines)
    }

    @Test("ordinary tests take a few steps")
    func ordinary() throws {
        #expect(try Self.steps("if header :contains \"subject\" \"ello\" {}", on: plainMessage) <= 5)
        #expect(try Self.steps("if exists [\"from\", \"to\"] {}", on: plainMessage) <= 5)
        #expect(try Self.steps("if body :text :contains \"Bob\" {}", on: plainMessage) <= 5)
    }

    @Test(
        "of several names the fields are counted one after the other, from either end",
        arguments: [
            (1, "1"), (2, "2"), (3, "3"), (4, nil), (.max, nil),
        ] as [(Int, String?)]
    )
    func indexes(_ number: Int, _ expected: String?) throws {
        let message = "B: 3\nA: 1\nC: 4\nA: 2\n\n"
        for value in ["1", "2", "3", "4"] {
            let test = "header :index \(number) [\"a\", \"none\", \"b\"] \"\(value)\""
            #expect(try holds(test, require: ["index"], on: message) == (value == expected))
            let last = "header :last :index \(number) [\"a\", \"none\", \"b\"] \"\(value)\""
            let mirrored = expected.flatMap { Int($0) }.map { String(4 - $0) }
            #expect(try holds(last, require: ["index"], on: message) == (value == mirrored))
        }
    }

    @Test("the ends of all parts are found in one walk, and anew when the structure changes")
    func partEnds() {
        let nested = """
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=x

            --x
            Content-Type: multipart/mixed; boundary=y

            --y
            Content-Type: multipart/mixed; boundary=z

            --z

            one
            --z--
            --y--
            --x

            two
            --x--

            """
        let view = MessageView(ByteBuffer(bytes: wire(nested)))
        #expect(view.partEnds == [5, 4, 4, 4, 5])
        view.removeField(at: 1)
        #expect(view.partEnds == [1])
        #expect(MessageView(ByteBuffer(bytes: wire(BodyTests.message))).partEnds == [6, 2, 3, 4, 6, 6])
    }
}
