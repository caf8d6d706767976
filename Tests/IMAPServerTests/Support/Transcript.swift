import Foundation
import Testing

/// A conversation in a text file, as a mail person reads and writes it.
///
/// - `state:` lines come first: `state: mailbox Work`, `state: message INBOX <file under Messages>`.
/// - `C:` is what the client says, `S:` what the server must answer; `C2:` and `S2:` are a second connection, and so
///   on.
///   Successive `C:` lines leave in one write, so that commands are pipelined.
/// - In `S:` lines `<*>` stands for anything, `<n>` for a number. A line `S: <lines>` stands for any number of lines,
///   `S: <close>` for the end of the connection.
/// - `#` begins a comment.
struct Transcript: Sendable, CustomTestStringConvertible {
    struct Step: Sendable {
        var number: Int
        var connection: Int
        var isFromClient: Bool
        var text: String
    }

    var name: String
    var state: [String] = []
    var options: Set<String> = []
    var steps: [Step] = []

    var testDescription: String { self.name }

    static func all() throws -> [Transcript] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Transcripts").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".imap") }.sorted()
            .map { try Transcript(name: $0, text: String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
    }

    init(name: String, text: String) throws {
        self.name = name
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let colon = line.firstIndex(of: ":") else { throw Malformed(name: name, line: index + 1) }
            let rest = line[line.index(after: colon)...]
            let value = String(rest.hasPrefix(" ") ? rest.dropFirst() : rest)
            switch line[..<colon] {
            case "state": self.state.append(value)
            case "config": self.options.insert(value)
            case let side where side.first == "C" || side.first == "S":
                let connection = side.dropFirst().isEmpty ? 1 : Int(side.dropFirst()) ?? 0
                self.steps.append(
                    Step(number: index + 1, connection: connection, isFromClient: side.first == "C", text: value)
                )
            default: throw Malformed(name: name, line: index + 1)
            }
        }
    }

    struct Malformed: Error {
        var name: String
        var line: Int
    }

    struct Mismatch: Error, CustomStringConvertible {
        var description: String
    }

    // MARK: - Playing

    /// Plays the conversation against a server; throws at the first line that is not as written.
    func play(port: Int) throws {
        var clients: [Int: TestClient] = [:]
        var index = 0
        while index < self.steps.count {
            let step = self.steps[index]
            let client = try clients[step.connection] ?? TestClient(port: port)
            clients[step.connection] = client
            if step.isFromClient {
                var batch = ""
                while index < self.steps.count, self.steps[index].isFromClient,
                    self.steps[index].connection == step.connection
                {
                    batch += self.steps[index].text + "\r\n"
                    index += 1
                }
                try client.send(batch)
            } else {
                try self.expect(step, after: &index, from: client)
            }
        }
    }

    private func expect(_ step: Step, after index: inout Int, from client: TestClient) throws {
        index += 1
        if step.text == "<close>" {
            guard client.isClosedByServer() else { throw Mismatch(description: "\(step.number): not closed") }
            return
        }
        if step.text == "<lines>" {
            guard index < self.steps.count, !self.steps[index].isFromClient else { return }
            let next = self.steps[index]
            index += 1
            while try !Self.matches(self.read(next, client), next.text) {}
            return
        }
        let line = try self.read(step, client)
        guard Self.matches(line, step.text) else {
            throw Mismatch(description: "\(self.name):\(step.number): expected “\(step.text)”, got “\(line)”")
        }
    }

    private func read(_ step: Step, _ client: TestClient) throws -> String {
        do {
            return try client.line()
        } catch {
            throw Mismatch(description: "\(self.name):\(step.number): expected “\(step.text)”, got \(error)")
        }
    }

    /// Whether a line is as written; `<*>` is anything, `<n>` digits.
    static func matches(_ line: String, _ pattern: String) -> Bool {
        Self.matches(Array(line.utf8)[...], Array(pattern.utf8)[...])
    }

    private static func matches(_ line: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (line, pattern) = (line, pattern)
        while !pattern.isEmpty {
            if pattern.starts(with: "<*>".utf8) {
                let rest = pattern.dropFirst(3)
                if rest.isEmpty { return true }
                return line.indices.contains { Self.matches(line[$0...], rest) } || Self.matches([], rest)
            }
            if pattern.starts(with: "<n>".utf8) {
                let digits = line.prefix { $0 >= 0x30 && $0 <= 0x39 }
                if digits.isEmpty { return false }
                line = line.dropFirst(digits.count)
                pattern = pattern.dropFirst(3)
                continue
            }
            guard let byte = line.first, byte == pattern.first else { return false }
            line = line.dropFirst()
            pattern = pattern.dropFirst()
        }
        return line.isEmpty
    }
}
