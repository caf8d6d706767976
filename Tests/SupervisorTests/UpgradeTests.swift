import Glibc
import MailTesting
import Testing

@testable import Supervisor

@Suite("upgrade of the supervisor")
struct UpgradeTests {
    @Test("the sockets left for the next program are for the same process only")
    func handover() throws {
        let handover = SupervisorHandover(sockets: [("smtp", 5), ("imaps", 12)])
        let variables = Dictionary(
            uniqueKeysWithValues: handover.environment(for: 77).map { variable in
                let parts = variable.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            }
        )
        let read = try #require(SupervisorHandover(reading: { variables[$0] }, process: 77))
        #expect(read.sockets.map(\.name) == ["smtp", "imaps"])
        #expect(read.sockets.map(\.descriptor) == [5, 12])
        #expect(SupervisorHandover(reading: { variables[$0] }, process: 78) == nil)
        #expect(SupervisorHandover(reading: { _ in nil }, process: 77) == nil)
    }

    @Test("of the sockets held those still wanted stay open, the others are closed, new addresses are opened")
    func sockets() throws {
        let first = try BoundSocket(SupervisedAddress(name: "smtp", host: "127.0.0.1", port: 0))
        let second = try BoundSocket(SupervisedAddress(name: "imap", host: "127.0.0.1", port: 0))
        let (firstPort, secondPort) = try (#require(first.port), #require(second.port))
        let moved = SupervisedAddress(name: "pop3", host: "127.0.0.1", port: Int(secondPort))
        #expect(first.isBound(to: SupervisedAddress(name: "smtp", host: "127.0.0.1", port: Int(firstPort))))
        #expect(!first.isBound(to: SupervisedAddress(name: "smtp", host: "127.0.0.2", port: Int(firstPort))))
        #expect(!first.isBound(to: moved))

        let held = [(name: "smtp", descriptor: first.descriptor), (name: "imap", descriptor: second.descriptor)]
        let kept = SupervisedAddress(name: "smtp", host: "127.0.0.1", port: Int(firstPort))
        let after = try Supervisor.sockets(for: [moved, kept], inherited: held)
        defer { for socket in after { socket.close() } }
        #expect(after.map(\.name) == ["pop3", "smtp"])
        #expect(after[1].descriptor == first.descriptor)
        #expect(after[0].port == secondPort, "what held the port was to be closed before")
    }

    @Test("IPv4 and IPv6 of one port can be listened on apart, and together; a change between the two is noticed")
    func bothFamilies() throws {
        let old = try BoundSocket(SupervisedAddress(name: "smtp", host: "0.0.0.0", port: 0))
        let port = Int(try #require(old.port))
        let apart = SupervisedAddress(name: "smtp", host: "::", port: port, isIPv6Only: true)
        var together = apart
        together.isIPv6Only = false
        #expect(throws: SocketError.self) { try BoundSocket(together) }
        let new = try BoundSocket(apart)
        #expect(new.isBound(to: apart) && !new.isBound(to: together))
        for socket in [old, new] { socket.close() }

        var all = SupervisedAddress(name: "smtp", host: "*", port: 0)
        let everything = try BoundSocket(all)
        defer { everything.close() }
        all.port = Int(try #require(everything.port))
        together.port = all.port
        #expect(everything.isBound(to: all) && everything.isBound(to: together))
        together.isIPv6Only = true
        #expect(!everything.isBound(to: together))
        let error = #expect(throws: SocketError.self) { try BoundSocket(together) }
        #expect(error?.description.contains("[::]:\(all.port) for smtp") == true)
    }

    @Test("an address that somebody else listens on is found before the upgrade; one's own ports are not tried")
    func takenPort() throws {
        let foreign = try BoundSocket(SupervisedAddress(name: "smtp", host: "127.0.0.1", port: 0))
        defer { foreign.close() }
        let address = SupervisedAddress(name: "imap", host: "127.0.0.1", port: Int(try #require(foreign.port)))
        #expect(throws: SocketError.self) { try Supervisor.tryNew([address], held: []) }
        try Supervisor.tryNew([address], held: [(name: "smtp", descriptor: foreign.descriptor)])
    }

    @Test("a program is found by the name it was called by if that leads to it, else where it was read from")
    func programFile() {
        TemporaryFolder.with { folder in
            let own = ProgramFile.path(calledAs: "no-such-program")
            #expect(own.hasPrefix("/"))
            #expect(ProgramFile.path(calledAs: "/etc/passwd") == own)
            #expect(ProgramFile.path(calledAs: own) == own)
            let link = "\(folder.path)/current"
            #expect(unsafe symlink(own, link) == 0)
            #expect(ProgramFile.path(calledAs: link) == link)
        }
    }

    @Test("a trial tells what a program said, how it failed, and that it does not run or does not end")
    func trial() throws {
        let good = ProgramTrial.run("/bin/sh", ["-c", "echo 1.2; exit 0"], milliseconds: 60_000)
        #expect(good.isSuccess && good.output == "1.2")
        let bad = ProgramTrial.run("/bin/sh", ["-c", "echo no such key >&2; exit 3"], milliseconds: 60_000)
        #expect(!bad.isSuccess && bad.output == "no such key")
        let killed = ProgramTrial.run("/bin/sh", ["-c", "kill -9 $$"], milliseconds: 60_000)
        #expect(!killed.isSuccess && killed.output.contains("signal 9"))
        let absent = ProgramTrial.run("/no/such/program", [], milliseconds: 60_000)
        #expect(!absent.isSuccess && absent.output.contains("No such file"))
        let endless = ProgramTrial.run("/bin/sleep", ["1000"], milliseconds: 200)
        #expect(!endless.isSuccess && endless.output.contains("did not answer"))
        let loud = ProgramTrial.run("/bin/sh", ["-c", "head -c 300000 /dev/zero"], milliseconds: 60_000)
        #expect(loud.isSuccess && loud.output.utf8.count == 16_384)
    }
}
