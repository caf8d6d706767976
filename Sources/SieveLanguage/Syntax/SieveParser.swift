/// Puts a script's words together to commands, and after a mistake goes on behind the next `;` or `}`.
///
///     start    = commands
///     commands = *command
///     command  = identifier arguments (";" / block)
///     block    = "{" commands "}"
struct SieveParser {
    private var lexer: SieveLexer
    private var token: SieveToken
    private let limits: SieveLimits
    private var blockLevel = 0

    /// What keeps the rest of a command from being read.
    private struct Broken: Error {}

    init(_ script: [UInt8], limits: SieveLimits) {
        self.lexer = SieveLexer(script, limits: limits)
        self.limits = limits
        self.token = self.lexer.next()
    }

    var diagnostics: DiagnosticList { self.lexer.diagnostics }

    mutating func parse() -> [SyntaxNode] {
        var commands: [SyntaxNode] = []
        while self.token.kind != .end, !self.diagnostics.isFull {
            self.takeCommands(into: &commands)
            if self.token.isMark("}") {
                self.report("expected a command", found: self.token)
                self.advance()
            }
        }
        return commands
    }

    // MARK: - Tokens

    private mutating func advance() {
        self.token = self.lexer.next()
    }

    private mutating func report(_ expectation: String, found token: SieveToken) {
        if token.kind == .end, self.lexer.isBrokenOff { return }
        self.lexer.diagnostics.error(at: token.position, "\(expectation), found \(token.name)")
    }

    /// Skips to behind the next `;` or block, or to before the `}` that closes the block around.
    private mutating func recover() {
        var level = 0
        while true {
            switch self.token.kind {
            case .end:
                return
            case .mark(UInt8(ascii: "{")):
                level += 1
            case .mark(UInt8(ascii: "}")):
                if level == 0 { return }
                level -= 1
                if level == 0 {
                    self.advance()
                    return
                }
            case .mark(UInt8(ascii: ";")) where level == 0:
                self.advance()
                return
            default:
                break
            }
            self.advance()
        }
    }

    // MARK: - Commands

    /// Takes commands up to a `}` or the end.
    private mutating func takeCommands(into commands: inout [SyntaxNode]) {
        while !self.diagnostics.isFull {
            switch self.token.kind {
            case .end, .mark(UInt8(ascii: "}")):
                return
            case .mark(UInt8(ascii: ";")):
                self.report("expected a command", found: self.token)
                self.advance()
            default:
                do throws(Broken) {
                    commands.append(try self.takeCommand())
                } catch {
                    self.recover()
                }
            }
        }
    }

    private mutating func takeCommand() throws(Broken) -> SyntaxNode {
        guard case .identifier(let name) = self.token.kind else {
            self.report("expected a command", found: self.token)
            throw Broken()
        }
        var command = SyntaxNode(name: name, position: self.token.position)
        self.advance()
        try self.takeArguments(of: &command, testLevel: 0)
        switch self.token.kind {
        case .mark(UInt8(ascii: ";")):
            self.advance()
        case .mark(UInt8(ascii: "{")):
            command.block = try self.takeBlock()
        default:
            self.report("expected ';' or a block after the \(command.name) command", found: self.token)
            throw Broken()
        }
        return command
    }

    private mutating func takeBlock() throws(Broken) -> [SyntaxNode] {
        let start = self.token
        guard self.blockLevel < self.limits.blockNestingMax else {
            let message = "blocks are nested too deeply: expected at most \(self.limits.blockNestingMax) levels"
            self.lexer.diagnostics.error(at: start.position, message)
            throw Broken()
        }
        self.blockLevel += 1
        defer { self.blockLevel -= 1 }
        self.advance()
        var commands: [SyntaxNode] = []
        self.takeCommands(into: &commands)
        guard self.token.isMark("}") else {
            self.report("the block that starts at \(start.position) is never closed: expected '}'", found: self.token)
            return commands
        }
        self.advance()
        return commands
    }

    // MARK: - Arguments and tests

    ///     arguments = *argument [ test / test-list ]
    private mutating func takeArguments(of node: inout SyntaxNode, testLevel: Int) throws(Broken) {
        while let argument = try self.takeArgument() {
            node.arguments.append(argument)
            guard node.arguments.count <= self.limits.argumentsMax else {
                let message = "too many arguments for '\(node.name)': expected at most \(self.limits.argumentsMax)"
                self.lexer.diagnostics.error(at: argument.position, message)
                throw Broken()
            }
        }
        switch self.token.kind {
        case .identifier:
            node.tests = [try self.takeTest(level: testLevel)]
        case .mark(UInt8(ascii: "(")):
            node.hasTestList = true
            node.tests = try self.takeTestList(level: testLevel)
        case .unreadable:
            self.report("expected an argument, ';' or a block after '\(node.name)'", found: self.token)
            throw Broken()
        default:
            break
        }
    }

    ///     argument = string-list / number / tag
    private mutating func takeArgument() throws(Broken) -> SyntaxArgument? {
        let position = self.token.position
        switch self.token.kind {
        case .tag(let name):
            self.advance()
            return SyntaxArgument(value: .tag(name), position: position)
        case .number(let number):
            self.advance()
            return SyntaxArgument(value: .number(number), position: position)
        case .string(let bytes):
            self.advance()
            let string = SyntaxString(bytes: bytes, position: position)
            return SyntaxArgument(value: .string(string), position: position)
        case .mark(UInt8(ascii: "[")):
            return SyntaxArgument(value: .list(try self.takeStringList()), position: position)
        default:
            return nil
        }
    }

    ///     string-list = "[" string *("," string) "]" / string
    private mutating func takeStringList() throws(Broken) -> [SyntaxString] {
        self.advance()
        var strings: [SyntaxString] = []
        while true {
            guard case .string(let bytes) = self.token.kind else {
                self.report("expected a string in the list", found: self.token)
                throw Broken()
            }
            strings.append(SyntaxString(bytes: bytes, position: self.token.position))
            self.advance()
            if self.token.isMark("]") { break }
            guard self.token.isMark(",") else {
                self.report("expected ',' or ']' in the string list", found: self.token)
                throw Broken()
            }
            self.advance()
        }
        self.advance()
        return strings
    }

    ///     test = identifier arguments
    private mutating func takeTest(level: Int) throws(Broken) -> SyntaxNode {
        guard case .identifier(let name) = self.token.kind else {
            self.report("expected a test", found: self.token)
            throw Broken()
        }
        guard level < self.limits.testNestingMax else {
            let message = "tests are nested too deeply: expected at most \(self.limits.testNestingMax) levels"
            self.lexer.diagnostics.error(at: self.token.position, message)
            throw Broken()
        }
        var test = SyntaxNode(name: name, position: self.token.position)
        self.advance()
        try self.takeArguments(of: &test, testLevel: level + 1)
        return test
    }

    ///     test-list = "(" test *("," test) ")"
    private mutating func takeTestList(level: Int) throws(Broken) -> [SyntaxNode] {
        self.advance()
        var tests: [SyntaxNode] = []
        while true {
            tests.append(try self.takeTest(level: level))
            if self.token.isMark(")") { break }
            guard self.token.isMark(",") else {
                self.report("expected ',' or ')' in the list of tests", found: self.token)
                throw Broken()
            }
            self.advance()
        }
        self.advance()
        return tests
    }
}
