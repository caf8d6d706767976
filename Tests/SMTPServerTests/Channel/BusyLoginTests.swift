import Dispatch
import MailBytes
import MailTesting
import MailTypes
import NIOCore
import Reception
import SMTPServer
import Testing
import Trace

@testable import Directory

@Suite("logins over SMTP that cannot be judged", .timeLimit(.minutes(10)))
struct BusyLoginTests {
    @Test("they are answered as late as wrong ones, so that nobody fills log and trace with them")
    func answeredLate() async throws {
        try await TestSite.with { site in
            var options = SMTPServerOptions.test(.submission)
            options.allowsPlaintextOnLoopback = true
            options.loginFailureDelay = .hours(1)
            try await TestServer.with(site, options) { server in
                let worker = site.holdUpWorker()
                defer { worker.signal() }
                let client = try await server.connect()
                let attempts = (0..<20).map { "AUTH PLAIN \(Base64.encode(Array("\0nobody\($0)\0x".utf8)))\r\n" }
                try await client.send("EHLO client.example\r\n\(attempts.joined())")
                while site.failedLogins().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                // Time enough for the others, if they are tried.
                let other = try await server.connect()
                _ = try await other.line()
                for _ in 0..<50 { #expect(try await other.command("NOOP").hasPrefix("250 ")) }
                let failed = site.failedLogins()
                #expect(failed.count == 1 && failed.allSatisfy { $0.contains("could not be judged") }, "\(failed)")
                await client.close()
            }
        }
    }
}

extension TestSite {
    /// From now on no password can be looked at, and none may wait.
    fileprivate func holdUpWorker() -> DispatchSemaphore {
        var policy = self.directory.logins.currentPolicy
        policy.workers = 1
        policy.waitingPerAddressMax = 0
        self.directory.reconfigure(DirectoryOptions(passwords: policy))
        let semaphore = DispatchSemaphore(value: 0)
        self.directory.logins.lane.submit(
            from: .administration,
            .init {
                semaphore.wait()
            } refuse: {
            }
        )
        return semaphore
    }

    fileprivate func failedLogins() -> [String] {
        self.journal.flush()
        return TraceSearch(folder: self.folder.path("trace")).lines(about: "127.0.0.1").filter { line in
            line.contains("authentication-failed")
        }
    }
}
