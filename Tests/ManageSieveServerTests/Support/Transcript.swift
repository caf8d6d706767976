import Foundation
import MailBytes
import Testing

/// A conversation in a text file, as a mail person reads and writes it.
///
/// - `config:` lines come first and say what is unlike a demo's server: `tls`, `no-plaintext`, `few-errors`, `small`.
/// - `C:` is what the client says, `S:` what the server must answer. Successive `C:` lines leave in one write.
/// - `TLS` lets the client begin TLS.
/// - In `S:` lines `<*>` at the end stands for anything; `S: <close>` for the end of the connection.
/// - `{text}` in a `C:` line stands for the text's base64, in which `|` is a NUL.
/// - `#` begins a comment.
struct Transcript: Sendable, CustomTestStringConvertible {
    enum Step: Sendable {
        case client(String)
        case server(String)
        case tls
    }

    var name: String
    var options: Set<String> = []
    var steps: [(number: Int, step: Step)] = []

    var testDescription: String { self.name }

    static func all() throws -> [Transcript] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Transcripts").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".managesieve") }
            .sorted()
            .map { try Transcript(name: $0, text: String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
    }

    init(name: String, text: String) throws {
        self.name = name
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line == "TLS" {
                self.steps.append((index + 1, .tls))
            } else if line.hasPrefix("C:") {
                self.steps.append((index + 1, .client(Self.encoded(line.dropFirst(3)))))
            } else if line.hasPrefix("S:") {
                self.steps.append((index + 1, .server(String(line.dropFirst(3)))))
            } else if line.hasPrefix("config: ") {
                self.options.insert(String(line.dropFirst(8)))
            } else {
                throw Mismatch(description: "\(name):\(index + 1) is neither C: nor S:")
            }
        }
    }

    struct Mismatch: Error, CustomStringConvertible {
        var description: String
    }

    private static func encoded(_ line: Substring) -> String {
        String(line).replacing(/\{([^{}0-9]+[^{}]*)\}/) { match in
            Array(match.1.replacing("|", with: "\0").utf8).base64
        }
    }

    /// Plays the conversation against a server; throws at the first line that is not as written.
    func play(_ client: ManageSieveClient) async throws {
        var batch = ""
        for (number, step) in self.steps {
            if case .client(let text) = step {
                batch += text + "\r\n"
                continue
            }
            if !batch.isEmpty { try await client.send(batch) }
            batch = ""
            switch step {
            case .client: break
            case .tls: try await client.beginTLS()
            case .server("<close>"):
                guard await client.isClosedByServer() else { throw Mismatch(description: "\(number): not closed") }
            case .server(let expected): try await self.expect(expected, number, client)
            }
        }
    }

    private func expect(_ expected: String, _ number: Int, _ client: ManageSieveClient) async throws {
        let line: String
        do {
            line = try await client.line()
        } catch {
            throw Mismatch(description: "\(self.name):\(number): expected “\(expected)”, got \(error)")
        }
        let isRight = expected.hasSuffix("<*>") ? line.hasPrefix(expected.dropLast(3)) : line == expected
        guard isRight else {
            throw Mismatch(description: "\(self.name):\(number): expected “\(expected)”, got “\(line)”")
        }
    }
}

extension [UInt8] {
    var base64: String { Base64.encode(self) }
}
