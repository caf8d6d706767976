package import Logging
internal import Synchronization

/// A log that is kept to be looked at.
package final class KeptLog: Sendable {
    package struct Line: Sendable {
        package var level: Logger.Level
        package var text: String
        package var fields: [String: String]
    }

    private let kept = Mutex<[Line]>([])

    package init() {}

    package var lines: [Line] { self.kept.withLock { $0 } }

    /// A logger that writes here.
    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: KeptLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = self.metadata.merging(event.metadata ?? [:]) { _, new in new }
            let line = Line(level: event.level, text: "\(event.message)", fields: fields.mapValues { "\($0)" })
            self.log.kept.withLock { $0.append(line) }
        }
    }
}
