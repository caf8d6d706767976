import Foundation
import Glibc

/// Stands for systemd: hears what a service says of itself, and from which process.
final class NotifySocket {
    struct Message: Equatable, CustomStringConvertible {
        var process: pid_t
        var lines: [String]

        var description: String { "\(self.process): \(self.lines)" }

        func value(_ name: String) -> String? {
            self.lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
    }

    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw ScenarioFailure("cannot bind \(path)") }
        var on: Int32 = 1
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_PASSCRED, &on, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// The next message; waits for it.
    func next() throws -> Message {
        var text = [UInt8](repeating: 0, count: 4_096)
        // cmsghdr (length, level, type), then process, user and group.
        var control = [Int32](repeating: 0, count: 16)
        let count = unsafe text.withUnsafeMutableBytes { text in
            unsafe control.withUnsafeMutableBytes { control in
                var piece = unsafe iovec(iov_base: text.baseAddress, iov_len: text.count)
                return unsafe withUnsafeMutablePointer(to: &piece) { piece in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = piece
                    unsafe message.msg_iovlen = 1
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                    return unsafe recvmsg(self.descriptor, &message, 0)
                }
            }
        }
        guard count > 0 else { throw ScenarioFailure("the service said nothing") }
        let lines = String(decoding: text[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        return Message(process: control[4], lines: lines)
    }

    /// The next message that is more than a line for people.
    func nextState() throws -> Message {
        while true {
            let message = try self.next()
            if message.lines.contains(where: { !$0.hasPrefix("STATUS=") }) { return message }
        }
    }

    deinit {
        close(self.descriptor)
    }
}
