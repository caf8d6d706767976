import Dispatch
import Glibc
import Testing

@Suite("what systemd is told", .serialized)
struct NotificationTests {
    @Test("only the process it has started speaks, over reloads, the death of the worker, an upgrade and the stop")
    func supervised() throws {
        try withProgram { program in
            let systemd = try NotifySocket(path: "\(program.home)/notify")
            program.environment = ["NOTIFY_SOCKET=\(systemd.path)"]
            try program.start()
            let main = program.identifier
            try Self.expectReady(systemd, main)

            let asked = Self.now
            kill(main, SIGHUP)
            try Self.expectReloading(systemd, main, since: asked)
            try Self.expectReady(systemd, main)
            try program.martlet("reload")
            try Self.expectReloading(systemd, main, since: asked)
            try Self.expectReady(systemd, main)

            kill(try #require(program.workerIdentifier), SIGKILL)
            let death = try systemd.next()
            #expect(death.process == main && death.lines.count == 1, "\(death)")
            #expect(death.value("STATUS")?.contains("signal 9") == true, "\(death)")
            try Self.expectReady(systemd, main)
            try program.martlet("upgrade")
            try Self.expectReloading(systemd, main, since: asked)
            try Self.expectReady(systemd, main)

            #expect(program.stop() == 0)
            let end = try systemd.nextState()
            #expect(end.process == main && end.value("STOPPING") == "1", "\(end)")
        }
    }

    @Test("a reload that is refused is over too")
    func refusedReload() throws {
        try withProgram { program in
            let systemd = try NotifySocket(path: "\(program.home)/notify")
            program.environment = ["NOTIFY_SOCKET=\(systemd.path)"]
            try program.start()
            try Self.expectReady(systemd, program.identifier)
            try program.configure("[nonsense]")
            kill(program.identifier, SIGHUP)
            try Self.expectReloading(systemd, program.identifier, since: 0)
            try Self.expectReady(systemd, program.identifier)
        }
    }

    @Test("a worker without a supervisor speaks for itself")
    func foreground() throws {
        try withProgram { program in
            let systemd = try NotifySocket(path: "\(program.home)/notify")
            program.environment = ["NOTIFY_SOCKET=\(systemd.path)"]
            try program.start(foreground: true)
            try Self.expectReady(systemd, program.identifier)
            kill(program.identifier, SIGTERM)
            let end = try systemd.nextState()
            #expect(end.process == program.identifier && end.value("STOPPING") == "1", "\(end)")
            #expect(program.stop() == 0)
        }
    }

    private static func expectReady(_ systemd: NotifySocket, _ main: pid_t) throws {
        let message = try systemd.nextState()
        #expect(message.process == main && message.value("READY") == "1", "\(message)")
        #expect(message.value("MAINPID") == String(main), "\(message)")
    }

    /// systemd takes a reload for the one it asked for only if it began after.
    private static func expectReloading(_ systemd: NotifySocket, _ main: pid_t, since start: Int) throws {
        let message = try systemd.nextState()
        #expect(message.process == main && message.value("RELOADING") == "1", "\(message)")
        #expect(message.value("MONOTONIC_USEC").flatMap { Int($0) }.map { $0 >= start } == true, "\(message)")
    }

    /// Microseconds of the monotonic clock.
    private static var now: Int { Int(DispatchTime.now().uptimeNanoseconds / 1_000) }
}
