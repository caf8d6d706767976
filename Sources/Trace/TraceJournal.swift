internal import Dispatch
package import MailTypes
internal import NIOCore
internal import Synchronization
package import Telemetry

/// Writes down what happened to every connection and message, a line an event, and forgets it after some days.
///
/// Lines are JSON objects in files named for the hour, oldest first by name, so that ordinary tools can read them too.
/// Recording appends to memory and returns; a background queue writes at least every ``flushInterval``. The journal
/// is an account of what happened and not a promise: no answer to a peer waits for it, and a kill may cost its last
/// moments.
///
/// It never holds message text or secrets: only the fields of ``TraceKey``.
package final class TraceJournal: Sendable {
    /// How long a record may stay in memory, in milliseconds.
    static let flushInterval = 50

    /// Octets held in memory before further records are dropped (and counted) because the disk does not keep up.
    static let pendingMax = 16 << 20

    /// Octets of memory that are kept for the next records.
    private static let spareMax = 1 << 20

    private struct State {
        var lines = ByteBuffer()
        /// The memory of what was written last, to be filled again.
        var spare = ByteBuffer()
        var stamp = TimestampCache()
        var isFlushScheduled = false
        var dropped = 0
        /// Why the last records could not be written; `nil` when they could.
        var failure: TraceError?
        var healthHandler: (@Sendable (TraceError?) -> Void)?
    }

    private let state = Mutex(State())
    private let writer: JournalWriter
    private let queue = DispatchQueue(label: "martlet.trace")
    private let clock: any WallClock
    private let mirror: Mirror?
    /// Names for connections and messages, shared by everything that records here.
    package let identifiers = TimeSortedIDSource()

    /// Told of each event, on the thread of whoever records it.
    package typealias Mirror =
        @Sendable (_ id: TimeSortedID, _ event: TraceEvent, _ fields: [(TraceKey, String)]) -> Void

    /// - Parameters:
    ///   - folder: created if absent.
    ///   - days: how many days of files to keep, at least 1.
    ///   - octetsMax: of all files; the oldest go first, and an hour may take a quarter. What is beyond that is dropped
    ///     (and counted), since what strangers do must not fill the disk.
    ///   - mirror: for the log.
    package init(
        folder: String,
        days: Int,
        octetsMax: Int = 4 << 30,
        clock: any WallClock,
        mirror: Mirror? = nil
    ) throws(TraceError) {
        self.clock = clock
        self.mirror = mirror
        self.writer = try JournalWriter(folder: folder, days: days, octetsMax: octetsMax)
    }

    /// A new name for a connection or a message.
    package func makeID() -> TimeSortedID {
        self.identifiers.next(at: self.clock.now.millisecondsSince1970)
    }

    /// Records that `event` happened to `id` now.
    package func record(_ id: TimeSortedID, _ event: TraceEvent, _ fields: (TraceKey, String)...) {
        self.mirror?(id, event, fields)
        let now = self.clock.now
        let mustSchedule = self.state.withLock { state -> Bool in
            guard state.lines.readableBytes < Self.pendingMax else {
                state.dropped += 1
                return false
            }
            TraceLine.append(id, event, fields, at: now, stamp: &state.stamp, to: &state.lines)
            defer { state.isFlushScheduled = true }
            return !state.isFlushScheduled
        }
        if mustSchedule {
            self.queue.asyncAfter(deadline: .now() + .milliseconds(Self.flushInterval)) { self.flushPending() }
        }
    }

    /// Writes what is in memory now; used before a search and at the end.
    package func flush() {
        self.queue.sync { self.flushPending() }
    }

    /// Records lost because the disk did not keep up or could not be written, since the start.
    package var droppedCount: Int { self.state.withLock { $0.dropped } }

    /// Why nothing can be written at present; `nil` when it can.
    package var failure: TraceError? { self.state.withLock { $0.failure } }

    /// Is told, on the journal's queue, when records cannot be written any more, and with `nil` when they can again.
    package func setHealthHandler(_ handler: @escaping @Sendable (TraceError?) -> Void) {
        self.state.withLock { $0.healthHandler = handler }
    }

    private func flushPending() {
        var lines = self.state.withLock { state in
            state.isFlushScheduled = false
            swap(&state.lines, &state.spare)
            defer { state.spare = ByteBuffer() }
            return state.spare
        }
        guard lines.readableBytes > 0 else { return }
        let failure = self.writer.append(lines.readableBytesUInt8Span, at: self.clock.now)
        let lost = failure == nil ? 0 : lines.readableBytesView.count { $0 == UInt8(ascii: "\n") }
        lines.clear(minimumCapacity: 0)
        let handler = self.state.withLock { state in
            state.dropped += lost
            if lines.capacity <= Self.spareMax { state.spare = lines }
            defer { state.failure = failure }
            return (state.failure == nil) == (failure == nil) ? nil : state.healthHandler
        }
        handler?(failure)
    }
}

/// The trace's folder cannot be used.
package struct TraceError: Error, Sendable, CustomStringConvertible {
    package var operation: StaticString
    package var path: String
    package var errorNumber: Int32

    package var description: String { "\(self.operation) \(self.path): \(SystemFailure.text(self.errorNumber))" }
}
