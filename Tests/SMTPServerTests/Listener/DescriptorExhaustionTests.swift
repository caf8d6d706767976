import Foundation
import Glibc
import Listener
import NIOCore
import Reception
import SMTPServer
import Testing

@Suite("listener without descriptors", .timeLimit(.minutes(10)))
struct DescriptorExhaustionTests {
    @Test("lesson 10: out of descriptors the accept loop rests between tries and recovers by itself")
    func backsOffAndRecovers() async {
        await #expect(processExitsWith: .success) {
            try await TestSite.with { site in
                try await TestServer.with(site, .test(.exchange)) { server in
                    let port = server.address.port ?? 0
                    let before = newSocket()
                    try connectSocket(before, port: port)
                    guard receive(before, seconds: 10).hasPrefix("220 ") else { exit(2) }
                    // Sockets for the clients are made while there are descriptors left.
                    let waiting = [newSocket(), newSocket()]
                    let taken = takeAllDescriptors()
                    for socket in waiting { try connectSocket(socket, port: port) }
                    guard receive(waiting[0], seconds: 2).isEmpty else { exit(3) }
                    let failures = server.listener.counters.acceptFailures
                    guard failures > 0 else { exit(4) }
                    // Two seconds at five tries a second, and room for doubt: a loop that spins makes thousands.
                    guard failures < 50 else { exit(5) }
                    for descriptor in taken { close(descriptor) }
                    for socket in waiting {
                        guard receive(socket, seconds: 10).hasPrefix("220 ") else { exit(6) }
                    }
                }
            }
            exit(0)
        }
    }
}
