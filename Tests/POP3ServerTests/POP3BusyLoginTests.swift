import Dispatch
import MailTesting
import MailTypes
import POP3Server
import Testing
import Trace

@testable import Directory

@Suite("logins over POP3 that cannot be judged", .timeLimit(.minutes(10)))
struct POP3BusyLoginTests {
    @Test("they are answered as late as wrong ones, as in all protocols that share their sessions")
    func answeredLate() async throws {
        try await POP3Site.with { configuration in
            configuration.session.loginDelay = .seconds(3_600)
        } _: { site in
            var policy = site.directory.logins.currentPolicy
            policy.workers = 1
            policy.waitingPerAddressMax = 0
            site.directory.reconfigure(DirectoryOptions(passwords: policy))
            let semaphore = DispatchSemaphore(value: 0)
            site.directory.logins.lane.submit(
                from: .administration,
                .init {
                    semaphore.wait()
                } refuse: {
                }
            )
            defer { semaphore.signal() }
            let client = try POP3Client(port: site.port)
            try client.send((0..<20).map { "USER nobody\($0)\r\nPASS x\r\n" }.joined())
            while site.failedLogins().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            // Time enough for the others, if they are tried.
            for _ in 0..<20 { _ = try await site.talk { try $0.line() } }
            client.hangUp()
            let failed = site.failedLogins()
            #expect(failed.count == 1 && failed.allSatisfy { $0.contains("could not be judged") }, "\(failed)")
        }
    }
}

extension POP3Site {
    fileprivate func failedLogins() -> [String] {
        self.trace.flush()
        return TraceSearch(folder: self.folder.path("trace")).lines(about: "127.0.0.1").filter { line in
            line.contains("authentication-failed")
        }
    }
}
