import Foundation
import Testing

/// What the compiler and the formatter cannot see, held to in the same run as the tests.
@Suite("tidy")
struct TidyTests {
    @Test(
        "sources keep to the house measures",
        arguments: try ["Sources", "Fuzz/Sources", "Benchmarks/rates"].flatMap { try SourceFile.all(under: $0) }
    )
    func measures(_ file: SourceFile) {
        #expect(file.lines.count <= 800 || file.isTable, "\(file.path): split this file")
        self.checkLines(of: file)
    }

    @Test("tests keep to the house measures", arguments: try SourceFile.all(under: "Tests"))
    func testMeasures(_ file: SourceFile) {
        #expect(file.lines.count <= 1_000 || file.isTable, "\(file.path): split this file")
        self.checkLines(of: file)
        guard !file.path.hasPrefix("Tests/TidyTests/") else { return }
        #expect(!file.code.contains("import XCTest"), "\(file.path): tests use Swift Testing")
    }

    private func checkLines(of file: SourceFile) {
        guard !file.path.hasPrefix("Tests/TidyTests/") else { return }
        for (number, line) in file.lines.enumerated() {
            if line.count > 120 {
                Issue.record("\(file.path):\(number + 1): longer than 120 columns")
            }
            if line.contains("TODO"), !line.contains("TODO(#") {
                Issue.record("\(file.path):\(number + 1): a TODO names its issue: TODO(#12)")
            }
        }
    }

    @Test("state machines touch neither clock, task nor socket", arguments: try SourceFile.all(under: "Sources"))
    func stateMachinesArePure(_ file: SourceFile) {
        guard file.path.hasSuffix("StateMachine.swift") else { return }
        for word in ["await ", "Task {", ".now", "import NIOPosix", "import Foundation"] {
            #expect(!file.code.contains(word), "\(file.path) uses \(word)")
        }
    }

    @Test(
        "words and languages touch neither clock, task, file nor socket",
        arguments: try SourceFile.all(under: "Sources")
    )
    func languagesArePure(_ file: SourceFile) {
        let rooms = [
            "MailBytes", "MIME", "SMTPWire", "IMAPWire", "POP3Wire", "ManageSieveWire", "SASL", "SenderAuth",
            "SieveLanguage",
        ]
        guard rooms.contains(where: { file.path.hasPrefix("Sources/\($0)/") }) else { return }
        for word in ["await ", "Task {", "import NIOPosix", "import Foundation", "import Dispatch"] {
            #expect(!file.code.contains(word), "\(file.path) uses \(word)")
        }
    }

    @Test("tasks start only where their end is looked after", arguments: try SourceFile.all(under: "Sources"))
    func tasksHaveAnOwner(_ file: SourceFile) {
        let owners = ["Sources/Listener/", "Sources/MartletSystem/", "Sources/martlet/"]
        guard !owners.contains(where: { file.path.hasPrefix($0) }) else { return }
        let start = file.code.firstMatch(of: /\bTask(\.detached)?\s*\{/)
        #expect(start == nil, "\(file.path) starts a task of its own")
    }

    @Test("at most five types vouch for their own thread safety")
    func uncheckedSendable() throws {
        let files = try SourceFile.all(under: "Sources").filter { $0.code.contains("@unchecked Sendable") }.map(\.path)
        #expect(files.count <= 5, "\(files.joined(separator: ", "))")
    }

    @Test("every RFC a source cites is in docs/rfc/index.tsv")
    func citedRFCsAreIndexed() throws {
        let index = try SourceFile(path: "docs/rfc/index.tsv")
        let known = Set(index.lines.compactMap { $0.split(separator: "\t").first.map(String.init) })
        for file in try SourceFile.all(under: "Sources") {
            for (number, line) in file.lines.enumerated() {
                for match in line.matches(of: /RFC (\d{3,5})/) where !known.contains(String(match.1)) {
                    Issue.record("\(file.path):\(number + 1): RFC \(match.1) is not in docs/rfc/index.tsv")
                }
            }
        }
    }

    @Test("every setting of the configuration is read by something, so that none promises what nobody heeds")
    func settingsAreRead() throws {
        let isSection = { (file: SourceFile) in file.path.hasPrefix("Sources/MartletConfig/Sections/") }
        let rooms = ["Sources/MartletConfig", "Sources/MartletSystem", "Sources/martlet"]
        let files = try rooms.flatMap { try SourceFile.all(under: $0) }
        let readers = files.filter { !isSection($0) }.map(\.code).joined(separator: "\n")
        let read = Set(readers.matches(of: /\.(\w+)/).map { String($0.1) })
        for section in files.filter(isSection) {
            for setting in section.code.matches(of: /package var (\w+)/) where !read.contains(String(setting.1)) {
                Issue.record("\(section.path): nothing reads \(setting.1)")
            }
        }
    }

    @Test("nothing names a path of one machine or a package host")
    func noMachinePaths() throws {
        let files = try SourceFile.all(under: "Sources") + SourceFile.all(under: "Tests")
        for file in files where !file.path.hasPrefix("Tests/TidyTests/") {
            for (number, line) in file.lines.enumerated() where line.contains("/work/") || line.contains("/root/") {
                Issue.record("\(file.path):\(number + 1): names a path of one machine")
            }
        }
    }
}
