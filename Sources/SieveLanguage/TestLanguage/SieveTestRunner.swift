package import MailTypes
internal import NIOCore

/// Where test scripts and the scripts they name come from.
package protocol SieveTestFiles {
    /// The contents of a file; `nil` when there is none.
    ///
    /// - Parameter path: relative, with `/`; may go up with `..`.
    func read(_ path: String) -> [UInt8]?
}

/// What a file of tests came to.
package struct SieveTestReport: Sendable {
    package enum Outcome: Hashable, Sendable {
        case passed
        case failed(String)
        /// A script that the test needs is not there.
        case skipped(String)
    }

    package struct Entry: Sendable {
        package var name: String
        package var outcome: Outcome
    }

    package var entries: [Entry] = []
    /// Why the file could not be run at all, or not to its end.
    package var faults: [String] = []

    package var passed: Int { self.entries.count { $0.outcome == .passed } }
    package var failed: Int {
        self.faults.count
            + self.entries.count { entry in
                if case .failed = entry.outcome { true } else { false }
            }
    }
    package var skipped: Int { self.entries.count + self.faults.count - self.passed - self.failed }

    /// `12 passed, 0 failed, 1 skipped`
    package var summary: String { "\(self.passed) passed, \(self.failed) failed, \(self.skipped) skipped" }
}

/// Runs files of tests in the test language.
package struct SieveTestRunner {
    private let files: any SieveTestFiles
    private let now: Instant

    /// - Parameter now: what `currentdate` tells.
    package init(files: any SieveTestFiles, now: Instant) {
        self.files = files
        self.now = now
    }

    package func run(_ path: String) -> SieveTestReport {
        let state = SieveTestState(files: self.files, path: path)
        guard let script = self.files.read(path) else {
            state.report.faults.append("there is no file '\(path)'")
            return state.report
        }
        let compilation = state.compiler.compile(script, name: path)
        guard let program = compilation.program else {
            state.report.faults += compilation.errors.map(\.description)
            return state.report
        }
        var situation = SieveSituation(
            envelope: SieveEnvelope(sender: "sender@example.com", recipient: "recipient@example.com"),
            now: self.now
        )
        situation.envelope.originalRecipient = nil
        let view = MessageView(Self.message)
        let run = SieveRun(program, on: view, situation: situation, world: state.world)
        run.testing = state
        run.begin(after: nil)
        run.carryOut()
        if let error = run.result.error { state.report.faults.append(error.description) }
        return state.report
    }

    /// What scripts run on until they set a message.
    private static let message = ByteBuffer(
        string: "From: sender@example.com\r\nTo: recipient@example.com\r\nSubject: Test message\r\n\r\nTest.\r\n"
    )
}
