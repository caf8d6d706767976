import Foundation
import Testing

@Suite("scripts at delivery", .serialized)
struct SieveTests {
    private static func put(_ script: String, for user: String, _ program: Program) throws {
        let path = "\(program.home)/\(user).sieve"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        try program.martlet("sieve", "put", "\(user)@scenario.test", path, "--activate")
    }

    @Test("a reject is an answer in the transaction, a broken script is refused, and the trace tells what a script did")
    func answers() throws {
        try withProgram { program in
            try program.start()
            try Self.put("require \"reject\"; reject \"Not wanted\";", for: "bob", program)
            try Self.put("require \"fileinto\"; fileinto \"Archive\";", for: "alice", program)
            let smtp = try SendingClient(port: program.ports.smtp)
            #expect(try smtp.send(to: ["bob@scenario.test"], numberedMessage(1))[0] == "550 5.7.1 Not wanted")
            let lmtp = try SendingClient(port: program.ports.lmtp, isLMTP: true)
            let recipients = ["alice@scenario.test", "bob@scenario.test"]
            let replies = try lmtp.send(to: recipients, numberedMessage(2), isLMTP: true)
            #expect(replies.count == 2 && replies[0].hasPrefix("250") && replies[1].hasPrefix("550 5.7.1"))
            let imap = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try imap.numbers(in: "Archive") == [2: 1])
            #expect(try program.martlet("trace", "2@far.example").contains("fileinto Archive"))
            let broken = "\(program.home)/broken.sieve"
            try "keep\nfileinto \"x\";".write(toFile: broken, atomically: true, encoding: .utf8)
            let refusal = try program.run(["sieve", "put", "alice@scenario.test", broken])
            #expect(refusal.status != 0 && refusal.output.contains("2:1: error"), "\(refusal.output)")
            // What no part of the server carries out is offered neither here nor by ManageSieve.
            let managesieve = try LineClient(port: program.ports.managesieve)
            var offered = try managesieve.readLine()
            while !offered.hasPrefix("\"SIEVE\"") { offered = try managesieve.readLine() }
            #expect(offered.contains("vacation") && !offered.contains("extlists"), "\(offered)")
            try "require \"extlists\";".write(toFile: broken, atomically: true, encoding: .utf8)
            #expect(try program.run(["sieve", "put", "alice@scenario.test", broken]).status != 0)
            try program.expectSound()
        }
    }

    @Test("a script that a mailbox's annotation names runs when a client changes that mailbox, also after a restart")
    func changes() throws {
        try withProgram { program in
            try program.start()
            let path = "\(program.home)/changes.sieve"
            let script = """
                require ["imapsieve", "environment", "copy", "imap4flags", "fileinto"];
                if environment :contains "imap.changedflags" "Flagged" { fileinto :copy "Archive"; }
                elsif environment "imap.cause" ["APPEND", "COPY"] {
                    redirect :copy "bob@scenario.test";
                    addflag "$told";
                }
                """
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            try program.martlet("sieve", "put", "alice@scenario.test", path)
            var alice = try ReadingClient(port: program.ports.imap, user: "alice")
            let capabilities = try alice.run("CAPABILITY").joined()
            #expect(
                capabilities.contains(" METADATA ") && capabilities.contains(" IMAPSIEVE=sieve://"),
                "\(capabilities)"
            )
            try alice.run("CREATE Tell")
            try alice.run("SETMETADATA Tell (/shared/imapsieve/script \"changes\")")
            try alice.append(numberedMessage(1), to: "Tell")
            try alice.append(numberedMessage(2), to: "INBOX")
            try alice.run("SELECT INBOX")
            try alice.run("MOVE 1 Tell")
            let told = try program.martlet("trace", "1@far.example")
            #expect(told.contains("mailbox=Tell") && told.contains("redirect bob@scenario.test as "), "\(told)")
            program.stop()
            try program.start()
            alice = try ReadingClient(port: program.ports.imap, user: "alice")
            #expect(try alice.run("GETMETADATA Tell /shared/imapsieve/script")[0].contains("\"changes\""))
            try alice.append(numberedMessage(3), to: "Tell")
            try alice.run("SELECT Tell")
            #expect(try alice.run("SEARCH KEYWORD $told")[0] == "* SEARCH 1 2 3")
            try alice.run("STORE 2 +FLAGS (\\Flagged)")
            #expect(try alice.numbers(in: "Archive") == [2: 1])
            let bob = try ReadingClient(port: program.ports.imap, user: "bob")
            let deadline = Date().addingTimeInterval(60)
            while try bob.numbers(in: "INBOX").count < 3, Date() < deadline { usleep(100_000) }
            #expect(try bob.numbers(in: "INBOX") == [1: 1, 2: 1, 3: 1])
            program.stop()
            try program.expectSound()
        }
    }

    @Test(
        "lesson 1: what a script sends on arrives exactly once, killed at whatever instant",
        .timeLimit(.minutes(20))
    )
    func killedWhileSendingOn() throws {
        try withProgram { program in
            let script = "require [\"copy\", \"fileinto\"]; redirect :copy \"bob@scenario.test\"; fileinto \"Archive\";"
            try Self.put(script, for: "alice", program)
            var promised: Set<Int> = []
            for round in 0..<25 {
                try program.start(foreground: true)
                let sender = PromiseSender(port: program.ports.smtp, firstNumber: round * 1_000)
                sender.begin()
                usleep(UInt32.random(in: 20_000...250_000))
                program.killAll()
                promised.formUnion(sender.end())
            }
            try program.start(foreground: true)
            let deadline = Date().addingTimeInterval(60)
            let filed = try ReadingClient(port: program.ports.imap, user: "alice").numbers(in: "Archive")
            let bob = try ReadingClient(port: program.ports.imap, user: "bob")
            var arrived = try bob.numbers(in: "INBOX")
            // What was stored is sent on, too, when the server died before it could say so.
            while !promised.union(filed.keys).isSubset(of: arrived.keys), Date() < deadline {
                usleep(100_000)
                arrived = try bob.numbers(in: "INBOX")
            }
            #expect(promised.count > 25)
            #expect(promised.subtracting(filed.keys) == [])
            #expect(promised.subtracting(arrived.keys) == [])
            #expect(arrived.filter { $0.value > 1 } == [:])
            #expect(filed.filter { $0.value > 1 } == [:])
            #expect(Set(arrived.keys) == Set(filed.keys))
            program.killAll()
            try program.expectSound()
        }
    }
}

/// Sends numbered messages to alice until the server dies, and remembers which it took.
private final class PromiseSender: @unchecked Sendable {
    private let lock = NSLock()
    private let port: Int
    private let firstNumber: Int
    private let group = DispatchGroup()
    private var promised: Set<Int> = []

    init(port: Int, firstNumber: Int) {
        self.port = port
        self.firstNumber = firstNumber
    }

    func begin() {
        DispatchQueue.global().async(group: self.group) {
            guard let client = try? SendingClient(port: self.port) else { return }
            for number in self.firstNumber..<self.firstNumber + 1_000 {
                guard let reply = try? client.send(to: ["alice@scenario.test"], numberedMessage(number))[0],
                    reply.hasPrefix("250")
                else { return }
                _ = self.lock.withLock { self.promised.insert(number) }
            }
        }
    }

    func end() -> Set<Int> {
        self.group.wait()
        return self.lock.withLock { self.promised }
    }
}
