package import Logging
internal import Synchronization
package import Telemetry

/// The level of each component's log; changed by a reload while everything runs.
package final class LogLevels: Sendable {
    private let levels: Mutex<[Component: Logger.Level]>

    package init(_ levels: [Component: Logger.Level] = [:]) {
        self.levels = Mutex(levels)
    }

    package subscript(component: Component) -> Logger.Level {
        self.levels.withLock { $0[component] ?? .info }
    }

    package func replace(_ levels: [Component: Logger.Level]) {
        self.levels.withLock { $0 = levels }
    }
}
