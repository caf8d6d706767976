internal import Glibc
internal import MailTypes

/// The flight recorder's file: 1,024 slots of 128 octets, mapped and shared so that it outlives the process.
///
/// Layout of a slot, little-endian: 0 stage (0 means free), 1 length of the peer's text, 8 message id, 16 fingerprint,
/// 24 the peer's text, 104 octets at most. The stage is written last and cleared first.
@safe final class FlightSlots: Sendable {
    static let count = 1_024
    private static let size = 128
    private static let peerOctetsMax = 104

    /// Each slot is written by the one task that was handed it, and read only before any was handed out.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer

    init(path: String) throws(TraceError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TraceError(operation: "open", path: path, errorNumber: systemErrorNumber()) }
        defer { close(descriptor) }
        let length = Self.count * Self.size
        // A page the disk has no room for would end the program when it is first written to.
        let status = posix_fallocate(descriptor, 0, length)
        guard status == 0 else { throw TraceError(operation: "make room for", path: path, errorNumber: status) }
        guard ftruncate(descriptor, length) == 0,
            let base = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            unsafe base != MAP_FAILED
        else { throw TraceError(operation: "map", path: path, errorNumber: systemErrorNumber()) }
        unsafe self.base = base
    }

    deinit {
        unsafe munmap(self.base, Self.count * Self.size)
    }

    func write(_ remnant: FlightRemnant, at index: Int) {
        let slot = unsafe UnsafeMutableRawBufferPointer(start: self.base + index * Self.size, count: Self.size)
        var peer = remnant.peer
        let length = peer.withUTF8 { text -> Int in
            let length = min(text.count, Self.peerOctetsMax)
            unsafe slot[24..<24 + length].copyBytes(from: text.prefix(length))
            return length
        }
        unsafe slot.storeBytes(of: remnant.message?.rawValue ?? 0, toByteOffset: 8, as: UInt64.self)
        unsafe slot.storeBytes(of: remnant.fingerprint, toByteOffset: 16, as: UInt64.self)
        unsafe slot[1] = UInt8(length)
        unsafe slot[0] = remnant.stage.rawValue
    }

    func clear(_ index: Int) {
        unsafe self.base.storeBytes(of: 0, toByteOffset: index * Self.size, as: UInt8.self)
    }

    func clearAll() {
        for index in 0..<Self.count { self.clear(index) }
    }

    func readAll(signal: Int32) -> [FlightRemnant] {
        (0..<Self.count).compactMap { self.read($0, signal: signal) }
    }

    private func read(_ index: Int, signal: Int32) -> FlightRemnant? {
        let slot = unsafe UnsafeRawBufferPointer(start: self.base + index * Self.size, count: Self.size)
        guard let stage = unsafe FlightStage(rawValue: slot[0]) else { return nil }
        let length = unsafe min(Int(slot[1]), Self.peerOctetsMax)
        let message = unsafe slot.load(fromByteOffset: 8, as: UInt64.self)
        return FlightRemnant(
            stage: stage,
            message: message == 0 ? nil : TimeSortedID(rawValue: message),
            fingerprint: unsafe slot.load(fromByteOffset: 16, as: UInt64.self),
            peer: unsafe String(decoding: slot[24..<24 + length], as: UTF8.self),
            signal: signal
        )
    }
}
