package import Logging
internal import Synchronization
package import Telemetry

/// The level of each component's log; changed by a reload while everything runs. Looking at one costs next to nothing,
/// as it is done for each line that might be told.
package final class LogLevels: Sendable {
    /// Four bits for each component, in the order in which they are declared.
    private let levels: Atomic<UInt64>

    package init(_ levels: [Component: Logger.Level] = [:]) {
        self.levels = Atomic(Self.bits(levels))
    }

    package subscript(component: Component) -> Logger.Level {
        let bits = self.levels.load(ordering: .relaxed) >> (4 * component.position)
        return Self.all[Int(bits & 15)]
    }

    package func replace(_ levels: [Component: Logger.Level]) {
        self.levels.store(Self.bits(levels), ordering: .relaxed)
    }

    private static let all = Logger.Level.allCases

    private static func bits(_ levels: [Component: Logger.Level]) -> UInt64 {
        Component.allCases.reduce(0) { bits, component in
            let level = Self.all.firstIndex(of: levels[component] ?? .info) ?? 0
            return bits | UInt64(level) << (4 * component.position)
        }
    }
}

extension Component {
    /// Its place among all, of which there are 16 at most.
    fileprivate var position: UInt64 {
        switch self {
        case .system: 0
        case .listener: 1
        case .smtp: 2
        case .imap: 3
        case .pop3: 4
        case .managesieve: 5
        case .reception: 6
        case .delivery: 7
        case .queue: 8
        case .store: 9
        case .directory: 10
        case .control: 11
        case .trace: 12
        }
    }
}
