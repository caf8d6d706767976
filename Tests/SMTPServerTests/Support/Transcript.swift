import Foundation
import MailTypes
import Reception
import SMTPServer
import Testing

/// A conversation in a text file, as a mail person writes it.
///
///     config: door=exchange trusted=yes
///     C: EHLO client.example
///     R: 250                      a whole reply, its last line beginning so
///     S: 250-mail.*               one line, `*` for anything
///     C- text\r\n                 sent as it stands, without a line end of its own
///     TLS                         the client's side of STARTTLS
///     INBOX: alice 1              messages in an inbox then
///     QUEUE: 1                    recipients in the queue then
///     HAS: alice Subject: hello   text in the last message of an inbox
///     CLOSED                      the server closes
struct Transcript: Sendable, CustomTestStringConvertible {
    let name: String
    let config: [String: String]
    let steps: [(line: Int, text: String)]

    var testDescription: String { self.name }

    static let all: [Transcript] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Transcripts")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".smtp") }.sorted().compactMap { name in
            (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)).map { Transcript(name, $0) }
        }
    }()

    init(_ name: String, _ text: String) {
        self.name = name
        var config: [String: String] = [:]
        var steps: [(line: Int, text: String)] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("config:") {
                for word in line.dropFirst(7).split(separator: " ") {
                    let parts = word.split(separator: "=", maxSplits: 1)
                    config[String(parts[0])] = String(parts.last ?? "")
                }
            } else if !line.isEmpty && !line.hasPrefix("#") {
                steps.append((number + 1, String(line)))
            }
        }
        self.config = config
        self.steps = steps
    }

    var options: SMTPServerOptions {
        let door: ReceptionDoor =
            switch self.config["door"] {
            case "submission": .submission
            case "lmtp": .lmtp
            default: .exchange
            }
        var options = SMTPServerOptions.test(door)
        options.allowsPlaintextOnLoopback = self.config["plaintext"] == "yes"
        if let size = self.config["size"].flatMap({ Int($0) }) { options.messageOctetsMax = size }
        if let count = self.config["recipients"].flatMap({ Int($0) }) { options.recipientsMax = count }
        if let count = self.config["errors"].flatMap({ Int($0) }) { options.errorsMax = count }
        if let count = self.config["idle-commands"].flatMap({ Int($0) }) { options.idleCommandsMax = count }
        return options
    }

    /// `\r`, `\n`, `\\` and `\xHH` undone.
    static func unescaped(_ text: some StringProtocol) -> String {
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "\\", let next = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch next {
            case "r": result += "\r"
            case "n": result += "\n"
            case "t": result += "\t"
            case "x":
                let digits = rest.prefix(2)
                rest = rest.dropFirst(2)
                result.unicodeScalars.append(Unicode.Scalar(UInt8(digits, radix: 16) ?? 0))
            default: result.append(next)
            }
        }
        return result
    }

    /// Whether `line` is `pattern`, where `*` stands for anything.
    static func matches(_ line: String, _ pattern: some StringProtocol) -> Bool {
        let parts = String(pattern).split(separator: Character("*"), omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { return line == parts[0] }
        guard line.hasPrefix(parts[0]) else { return false }
        var rest = line.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}
