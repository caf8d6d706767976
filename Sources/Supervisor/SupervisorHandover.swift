internal import Glibc

/// What a supervisor leaves in its environment for the program it becomes at an upgrade: the sockets it holds.
///
/// It counts for the process that left it only, never for one started by that process.
package struct SupervisorHandover: Sendable {
    package var sockets: [(name: String, descriptor: Int32)]

    private static let processKey = "MARTLET_UPGRADED"
    private static let socketsKey = "MARTLET_HELD_SOCKETS"
    static let keys: Set = [processKey, socketsKey]

    init(sockets: [(name: String, descriptor: Int32)]) {
        self.sockets = sockets
    }

    /// `NAME=value` strings for the environment of the process with this identifier.
    func environment(for process: pid_t) -> [String] {
        ["\(Self.processKey)=\(process)", "\(Self.socketsKey)=\(SocketList.text(self.sockets))"]
    }

    /// What the program this process ran before has left; `nil` when it was no supervisor that upgraded itself.
    package static func received() -> SupervisorHandover? {
        self.init(reading: environmentValue, process: getpid())
    }

    init?(reading value: (String) -> String?, process: pid_t) {
        guard value(Self.processKey) == String(process), let sockets = value(Self.socketsKey) else { return nil }
        self.sockets = SocketList.sockets(sockets)
    }
}

/// Listening sockets as text: `smtp=5,imap=6`.
enum SocketList {
    static func text(_ sockets: [(name: String, descriptor: Int32)]) -> String {
        sockets.map { "\($0.name)=\($0.descriptor)" }.joined(separator: ",")
    }

    static func sockets(_ text: String) -> [(name: String, descriptor: Int32)] {
        text.split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let descriptor = Int32(parts[1]) else { return nil }
            return (name: String(parts[0]), descriptor: descriptor)
        }
    }
}
