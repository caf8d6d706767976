package import MailTypes
internal import SieveLanguage

/// Runs files of tests in the test language of Dovecot's Pigeonhole, each by itself.
///
/// Scripts that a file names are found beside it; those that they include, in its folders `included` and
/// `included-global`.
package struct SieveTestSuite: Sendable {
    private let now: Instant

    /// - Parameter now: what scripts take for the present time.
    package init(now: Instant) {
        self.now = now
    }

    package func run(_ path: String) -> SieveTestFileReport {
        SieveTestFileReport(file: path, SieveTestRunner(files: SieveFiles(), now: self.now).run(path))
    }
}

/// What one file of tests came to.
package struct SieveTestFileReport: Codable, Sendable {
    package struct Test: Codable, Sendable {
        package enum Outcome: String, Codable, Sendable {
            case passed = "ok"
            case failed = "FAILED"
            case skipped
        }

        package var name: String
        package var outcome: Outcome
        /// Why it failed or was skipped.
        package var reason: String?
    }

    package var file: String
    package var tests: [Test]
    /// Why the file could not be run, or not to its end; each counts as a failed test.
    package var faults: [String]

    init(file: String, _ report: SieveTestReport) {
        self.file = file
        self.faults = report.faults
        self.tests = report.entries.map { entry in
            switch entry.outcome {
            case .passed: Test(name: entry.name, outcome: .passed)
            case .failed(let reason): Test(name: entry.name, outcome: .failed, reason: reason)
            case .skipped(let reason): Test(name: entry.name, outcome: .skipped, reason: reason)
            }
        }
    }

    /// The file's name, then its tests, one a line.
    package var text: String {
        let tests = self.tests.map { test in
            let outcome = test.outcome.rawValue
            let padding = String(repeating: " ", count: max(0, 7 - outcome.count))
            return "  \(outcome)\(padding)  \(test.name)" + (test.reason.map { ": \($0)" } ?? "")
        }
        return ([self.file] + tests + self.faults.map { "  FAILED   \($0)" }).joined(separator: "\n")
    }
}

/// What all files together came to.
package struct SieveTestSuiteReport: Codable, Sendable {
    package var files: [SieveTestFileReport]
    package var passed: Int
    package var failed: Int
    package var skipped: Int

    package init(_ files: [SieveTestFileReport]) {
        self.files = files
        let outcomes = files.flatMap(\.tests).map(\.outcome)
        self.passed = outcomes.count { $0 == .passed }
        self.failed = outcomes.count { $0 == .failed } + files.reduce(0) { $0 + $1.faults.count }
        self.skipped = outcomes.count { $0 == .skipped }
    }

    /// `12 passed, 0 failed, 1 skipped`
    package var summary: String { "\(self.passed) passed, \(self.failed) failed, \(self.skipped) skipped" }
}
