internal import CMalloc

/// How the process asks the system for memory.
package enum ProcessMemory {
    /// Octets from which on a single piece comes from the system and goes back to it at once.
    private static let mappedMin: Int32 = 1 << 20
    /// Octets at the end of a heap that may stay free.
    private static let keptMax: Int32 = 4 << 20

    /// Keeps the buffers of large messages in the heap between two uses: given back to the system each time, every page
    /// of them would be faulted in and cleared again, which costs more than receiving what they hold.
    package static func prepare() {
        _ = mallopt(M_MMAP_THRESHOLD, self.mappedMin)
        _ = mallopt(M_TRIM_THRESHOLD, self.keptMax)
    }
}
