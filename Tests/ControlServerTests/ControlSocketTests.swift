import Glibc
import MailTesting
import Testing

@testable import ControlServer

@Suite("control socket")
struct ControlSocketTests {
    @Test("a socket somebody answers at is not taken from them; one left behind is replaced")
    func taken() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("control.sock")
            let first = try ControlSocket(at: path)
            let error = #expect(throws: ControlSocketError.self) { try ControlSocket(at: path) }
            #expect(error?.description.contains(path) == true)
            #expect(error?.description.contains("another Martlet answers there") == true)
            close(first.descriptor)
            let second = try ControlSocket(at: path)
            close(second.descriptor)
        }
    }

    @Test("a program that does not answer is told from one that is not there, within the time given")
    func hanging() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("control.sock")
            let socket = try ControlSocket(at: path)
            defer { close(socket.descriptor) }
            let error = #expect(throws: ControlConnectionError.self) {
                try ControlClient(path: path, patience: 1).perform("status", input: [])
            }
            #expect(error?.isAbsent == false)
            #expect(error?.reason.contains("no answer within 1 s") == true, "\(error?.reason ?? "")")
        }
    }

    @Test("what is removed at the end is one's own socket only")
    func removal() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("control.sock")
            let first = try ControlSocket(at: path)
            // A name of its own keeps the number of the file from being given to the next.
            #expect(unsafe rename(path, folder.path("moved")) == 0)
            let second = try ControlSocket(at: path)
            defer { for descriptor in [first.descriptor, second.descriptor] { close(descriptor) } }
            first.remove()
            #expect(unsafe access(path, F_OK) == 0)
            second.remove()
            #expect(unsafe access(path, F_OK) != 0)
        }
    }

    @Test("only its owner may use it, and its folder is made if that one alone is missing")
    func folder() throws {
        try TemporaryFolder.with { folder in
            let path = folder.path("run/control.sock")
            let socket = try ControlSocket(at: path)
            defer { close(socket.descriptor) }
            #expect(Self.mode(path) == 0o600)
            #expect(Self.mode(folder.path("run")) == 0o700)
            let deep = folder.path("no/such/control.sock")
            let error = #expect(throws: ControlSocketError.self) { try ControlSocket(at: deep) }
            #expect(error?.description.contains("server.control_socket") == true)
            #expect(error?.description.contains(folder.path("no/such")) == true)
        }
    }

    @Test("a file that is no socket stays")
    func foreignFile() throws {
        TemporaryFolder.with { folder in
            let path = folder.path("notes")
            close(unsafe open(path, O_CREAT | O_WRONLY, 0o600))
            #expect(throws: ControlSocketError.self) { try ControlSocket(at: path) }
            #expect(throws: ControlSocketError.self) { try ControlSocket.check(path, heldBy: getpid()) }
            #expect(unsafe access(path, F_OK) == 0)
        }
    }

    @Test("the check finds beforehand what a start would stumble over, and changes nothing")
    func check() throws {
        try TemporaryFolder.with { folder in
            try ControlSocket.check(folder.path("control.sock"), heldBy: nil)
            try ControlSocket.check(folder.path("run/control.sock"), heldBy: nil)
            #expect(unsafe access(folder.path("run"), F_OK) != 0)
            let tooLong = folder.path(String(repeating: "x", count: 108))
            for path in [folder.path("no/such/control.sock"), tooLong] {
                let error = #expect(throws: ControlSocketError.self) { try ControlSocket.check(path, heldBy: nil) }
                #expect(error?.description.contains(path) == true)
            }
            let path = folder.path("taken")
            let socket = try ControlSocket(at: path)
            defer { close(socket.descriptor) }
            try ControlSocket.check(path, heldBy: getpid())
            try ControlSocket.check(path, heldBy: nil)
            #expect(throws: ControlSocketError.self) { try ControlSocket.check(path, heldBy: 1) }
        }
    }

    private static func mode(_ path: String) -> mode_t {
        var status = stat()
        _ = unsafe lstat(path, &status)
        return status.st_mode & 0o777
    }
}
