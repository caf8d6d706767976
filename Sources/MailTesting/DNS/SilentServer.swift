internal import Glibc

/// A DNS server's port at which questions arrive and are never answered.
package final class SilentServer: Sendable {
    package let port: UInt16
    private let descriptor: Int32

    package init() throws {
        guard let socket = LoopbackSocket(SOCK_DGRAM) else { throw TestToolError("no port is free") }
        self.port = socket.port
        self.descriptor = socket.descriptor
    }

    /// Waits for the next question, 30 seconds at most.
    package func waitForQuestion() async -> Bool {
        var datagram = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<3_000 {
            if unsafe recv(self.descriptor, &datagram, datagram.count, Int32(MSG_DONTWAIT)) > 0 { return true }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return false }
        }
        return false
    }

    /// Waits for the next question, 30 seconds at most; returns the name it is about, without a dot at its end.
    package func nextName() async -> String? {
        var datagram = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<3_000 {
            let count = unsafe recv(self.descriptor, &datagram, datagram.count, Int32(MSG_DONTWAIT))
            guard count <= 12 else { return Self.name(datagram[12..<count]) }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return nil }
        }
        return nil
    }

    private static func name(_ octets: ArraySlice<UInt8>) -> String {
        var rest = octets
        var labels: [String] = []
        while let length = rest.popFirst(), length > 0 {
            labels.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self).lowercased())
            rest = rest.dropFirst(Int(length))
        }
        return labels.joined(separator: ".")
    }

    package func close() {
        Glibc.close(self.descriptor)
    }
}
