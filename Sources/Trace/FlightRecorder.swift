package import MailTypes
internal import Synchronization

/// Notes which message and peer are in hand at each moment, in memory that survives the death of the process.
///
/// A trap in Swift ends the process. The next worker reads the slots its predecessor left and learns what was in hand:
/// a message found there twice is the likely cause and is parked; everything else is tried again. Only deaths by the
/// program's own fault count (``PreviousDeath/crash(signal:)``); a kill from outside accuses nobody.
///
/// A slot costs a lock and 128 octets written to mapped memory; no system call.
package final class FlightRecorder: Sendable {
    private let slots: FlightSlots
    private let free: Mutex<[Int]>
    private let suspects: SuspectList

    /// What was in hand when the previous worker crashed; empty after any other end.
    package let remnants: [FlightRemnant]

    /// - Parameter folder: holds `flight-recorder` (the slots) and `suspects` (what earlier crashes had in hand).
    package init(folder: String, previousDeath: PreviousDeath, clock: any WallClock) throws(TraceError) {
        self.slots = try FlightSlots(path: "\(folder)/flight-recorder")
        self.suspects = SuspectList(path: "\(folder)/suspects", clock: clock)
        var remnants: [FlightRemnant] = []
        if case .crash(let signal) = previousDeath {
            remnants = self.slots.readAll(signal: signal)
            self.suspects.recordCrash(remnants)
        }
        self.remnants = remnants
        self.slots.clearAll()
        self.free = Mutex(Array((0..<FlightSlots.count).reversed()))
    }

    /// Notes that a stage begins. Every slot handed out goes back by ``end(_:)``.
    ///
    /// - Parameters:
    ///   - message: the message's id, where it has one already.
    ///   - fingerprint: of the message as the peer sent it (``fingerprint(of:)``), 0 where there is none.
    package func begin(
        _ stage: FlightStage,
        message: TimeSortedID?,
        fingerprint: UInt64,
        peer: String
    ) -> FlightSlot {
        guard let index = self.free.withLock({ $0.popLast() }) else { return FlightSlot(index: -1) }
        self.slots.write(
            FlightRemnant(stage: stage, message: message, fingerprint: fingerprint, peer: peer, signal: 0),
            at: index
        )
        return FlightSlot(index: index)
    }

    package func end(_ slot: FlightSlot) {
        guard slot.index >= 0 else { return }
        self.slots.clear(slot.index)
        self.free.withLock { $0.append(slot.index) }
    }

    /// Whether a message with this fingerprint was in hand at an earlier crash, so that it must be made durable before
    /// anything looks into it.
    package func isSuspect(fingerprint: UInt64) -> Bool {
        self.suspects.crashes(ofFingerprint: fingerprint) > 0
    }

    /// Carries the suspicion against a fingerprint over to the queued message it has become; durable on return.
    package func markSuspect(_ message: TimeSortedID, fingerprint: UInt64) {
        self.suspects.link(message, toFingerprint: fingerprint)
    }

    /// How many crashes had this message in hand, under its id or as the fingerprint it came with.
    package func crashes(of message: TimeSortedID) -> Int {
        self.suspects.crashes(ofMessage: message)
    }

    /// Drops the suspicion against a message that was set aside for it, so that it is tried again when the postmaster
    /// wants that. One crash is still held against it: the next is then enough to set it aside once more.
    ///
    /// Durable on return. To be called when it is durable that the message was set aside, and not before.
    package func pardon(_ message: TimeSortedID) {
        self.suspects.pardon(message)
    }

    /// A number that is very likely the same for the same bytes and no other: the first KiB and the length, mixed
    /// eight octets at a time.
    package static func fingerprint(of bytes: Span<UInt8>) -> UInt64 {
        let raw = unsafe bytes.bytes
        let count = min(raw.byteCount, 1_024)
        var hash = UInt64(raw.byteCount) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset + 8 <= count {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = (hash ^ word) &* 0x9FB2_1C65_1E98_DF25
            hash ^= hash >> 32
            offset += 8
        }
        while offset < count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01B3
            offset += 1
        }
        return hash == 0 ? 1 : hash
    }
}

/// How the worker before this one ended, as its supervisor saw it.
package enum PreviousDeath: Hashable, Sendable {
    /// There was none, it was asked to stop, or it was killed from outside.
    case none
    /// It died by a signal its own code raised.
    case crash(signal: Int32)
}

/// The part of a message's way a slot stands for.
package enum FlightStage: UInt8, Sendable, CaseIterable {
    /// Reading structure and headers of a message not yet accepted.
    case reception = 1
    /// Putting it into mailboxes.
    case storing = 2
    /// Taking it from the queue to its next hop or mailbox.
    case delivery = 3
    /// Answering a client's command about stored messages.
    case reading = 4
}

/// A slot in use; plain data, so that whoever holds it may pass it along.
package struct FlightSlot: Sendable {
    let index: Int
}

/// What one slot held when the worker died.
package struct FlightRemnant: Hashable, Sendable {
    package var stage: FlightStage
    package var message: TimeSortedID?
    package var fingerprint: UInt64
    package var peer: String
    /// The signal that ended the worker.
    package var signal: Int32

    package init(stage: FlightStage, message: TimeSortedID?, fingerprint: UInt64, peer: String, signal: Int32) {
        self.stage = stage
        self.message = message
        self.fingerprint = fingerprint
        self.peer = peer
        self.signal = signal
    }
}
