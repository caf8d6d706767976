internal import Glibc

/// One hourly file of the trace, read through a buffer: mapped, a part of it that the disk does not give would end the
/// process.
@safe struct TraceFile: ~Copyable {
    private let descriptor: Int32

    /// `nil` when the file cannot be opened.
    init?(path: String) {
        self.descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else { return nil }
    }

    deinit {
        close(self.descriptor)
    }

    /// Every whole line of one of these ids; the others are not copied. A last line cut short by a crash is passed
    /// over, and so is what stands from a part on that cannot be read.
    func forEachLine(of wanted: Set<TraceLines.Key>, _ body: (ArraySlice<UInt8>) -> Void) {
        self.forEachPiece { $0.forEachLine(of: wanted, body) }
    }

    /// Every whole line that holds `needle`.
    func forEachLine(containing needle: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
        self.forEachPiece { $0.forEachLine(containing: needle, body) }
    }

    /// Many times what a line can have.
    private static let pieceOctetsMax = 1 << 20

    /// Hands over the whole lines, as many at a time as the buffer holds.
    private func forEachPiece(_ body: (TraceLines) -> Void) {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.pieceOctetsMax, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var filled = 0
        while filled < Self.pieceOctetsMax {
            let count = unsafe read(self.descriptor, buffer + filled, Self.pieceOctetsMax - filled)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            filled += count
            let octets = unsafe UnsafeRawBufferPointer(start: buffer, count: filled)
            guard let last = unsafe octets.lastIndex(of: 0x0A) else { continue }
            let whole = last + 1
            unsafe body(TraceLines(base: buffer, count: whole))
            filled -= whole
            unsafe memmove(buffer, buffer + whole, filled)
        }
    }
}
