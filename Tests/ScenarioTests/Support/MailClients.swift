import Foundation

/// Sends mail by SMTP or LMTP, one message after the other.
final class SendingClient {
    private let client: LineClient

    convenience init(port: Int, isLMTP: Bool = false) throws {
        try self.init(LineClient(port: port), isLMTP: isLMTP)
    }

    init(_ client: LineClient, isLMTP: Bool = false) throws {
        self.client = client
        _ = try self.reply()
        _ = try self.command(isLMTP ? "LHLO scenario" : "EHLO scenario")
    }

    /// - Returns: the final reply for each recipient (LMTP) or one for all (SMTP).
    func send(
        from: String = "sender@far.example",
        parameters: String = "",
        to: [String],
        _ message: String,
        isLMTP: Bool = false
    ) throws -> [String] {
        let mail = "MAIL FROM:<\(from)>" + (parameters.isEmpty ? "" : " \(parameters)")
        try self.expect("250", self.command(mail))
        for recipient in to { try self.expect("250", self.command("RCPT TO:<\(recipient)>")) }
        try self.expect("354", self.command("DATA"))
        try self.client.send(message.replacing("\n.", with: "\n..") + ".\r\n")
        return try (0..<(isLMTP ? to.count : 1)).map { _ in try self.reply() }
    }

    func command(_ text: String) throws -> String {
        try self.client.send(text + "\r\n")
        return try self.reply()
    }

    private func reply() throws -> String {
        while true {
            let line = try self.client.readLine()
            if line.count < 4 || !line.dropFirst(3).hasPrefix("-") { return line }
        }
    }

    private func expect(_ code: String, _ reply: String) throws {
        guard reply.hasPrefix(code) else { throw ScenarioFailure("expected \(code), got \(reply)") }
    }
}

/// Reads mail by IMAP.
final class ReadingClient {
    private let client: LineClient
    private var count = 0

    init(port: Int, user: String) throws {
        self.client = try LineClient(port: port)
        _ = try self.client.readLine()
        try self.run("LOGIN \(user)@scenario.test \(Program.password)")
    }

    /// Runs a command and gives its untagged lines, literals included; throws when it is not OK.
    @discardableResult
    func run(_ command: String) throws -> [String] {
        self.count += 1
        let tag = "t\(self.count)"
        try self.client.send("\(tag) \(command)\r\n")
        return try self.responses(tag)
    }

    @discardableResult
    func append(_ message: String, to mailbox: String) throws -> [String] {
        try self.run("APPEND \(mailbox) {\(message.utf8.count)+}\r\n\(message)")
    }

    private func responses(_ tag: String) throws -> [String] {
        var lines: [String] = []
        while true {
            var line = try self.client.readLine()
            while let size = Self.literalSize(line) {
                line += "\n" + String(decoding: try self.client.readOctets(size), as: UTF8.self)
                line += try self.client.readLine()
            }
            if line.hasPrefix("\(tag) ") {
                guard line.hasPrefix("\(tag) OK") else { throw ScenarioFailure(line) }
                return lines + [line]
            }
            lines.append(line)
        }
    }

    private static func literalSize(_ line: String) -> Int? {
        guard line.hasSuffix("}"), let open = line.lastIndex(of: "{") else { return nil }
        return Int(line[line.index(after: open)...].dropLast())
    }

    /// How often each `X-Number` of the mailbox's messages occurs.
    func numbers(in mailbox: String) throws -> [Int: Int] {
        try self.run("EXAMINE \(mailbox)")
        var numbers: [Int: Int] = [:]
        for line in try self.run("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (X-Number)])") {
            guard let found = line.firstRange(of: "X-Number: ") else { continue }
            if let number = Int(line[found.upperBound...].prefix { $0.isNumber }) { numbers[number, default: 0] += 1 }
        }
        return numbers
    }
}

/// A message of some lines that carries a number.
func numberedMessage(_ number: Int, lines: Int = 20) -> String {
    "From: sender@far.example\r\nTo: alice@scenario.test\r\nSubject: number \(number)\r\n"
        + "Message-ID: <\(number)@far.example>\r\nX-Number: \(number)\r\n\r\n"
        + (0..<lines).map { "line \($0) of message \(number)\r\n" }.joined()
}
