internal import Glibc
internal import Synchronization

/// The files that are mapped at this moment, and what becomes of reading where the disk does not answer.
///
/// A page that cannot be read, because the disk fails or the file was cut short, raises SIGBUS in the thread that asks
/// for it, which would end the process and everybody's sessions for one message. Here such a page becomes one of zeros
/// and its mapping is marked as damaged; whoever reads it learns that at the end. SIGBUS from anywhere else ends the
/// process as before.
///
/// The signal handler only loads and stores numbers and calls `mmap` and `sigaction`: no lock, no memory.
@safe
final class MappedRanges: @unchecked Sendable {
    // @unchecked: the pointers never change, and what they point to are atomics, or is written before any mapping.
    static let all = MappedRanges()

    /// As many threads read files at once; another one reads its file into memory instead.
    static let countMax = 256

    /// 0 where a place is free, ``taken`` while it is being filled.
    private let starts: UnsafeMutablePointer<Atomic<UInt>>
    private let ends: UnsafeMutablePointer<Atomic<UInt>>
    private let damages: UnsafeMutablePointer<Atomic<Bool>>
    private let previous: UnsafeMutablePointer<sigaction>
    private let pageSize: UInt

    private static let taken: UInt = 1

    private init() {
        unsafe self.starts = .allocate(capacity: Self.countMax)
        unsafe self.ends = .allocate(capacity: Self.countMax)
        unsafe self.damages = .allocate(capacity: Self.countMax)
        unsafe self.previous = .allocate(capacity: 1)
        unsafe self.previous.initialize(to: sigaction())
        self.pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
        for index in 0..<Self.countMax {
            unsafe (self.starts + index).initialize(to: Atomic(0))
            unsafe (self.ends + index).initialize(to: Atomic(0))
            unsafe (self.damages + index).initialize(to: Atomic(false))
        }
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { signal, information, _ in
            unsafe MappedRanges.all.signalled(signal, information)
        }
        action.sa_flags = SA_SIGINFO | Int32(bitPattern: UInt32(SA_ONSTACK))
        unsafe sigaction(SIGBUS, &action, self.previous)
    }

    /// - Returns: the mapping's place here; `nil` when there are too many.
    func add(_ start: UnsafeRawPointer, octets: Int) -> Int? {
        for index in 0..<Self.countMax where unsafe self.starts[index].load(ordering: .relaxed) == 0 {
            let isTaken = unsafe self.starts[index].compareExchange(
                expected: 0,
                desired: Self.taken,
                ordering: .acquiring
            ).exchanged
            guard isTaken else { continue }
            unsafe self.damages[index].store(false, ordering: .relaxed)
            unsafe self.ends[index].store(UInt(bitPattern: start) + UInt(octets), ordering: .relaxed)
            unsafe self.starts[index].store(UInt(bitPattern: start), ordering: .releasing)
            return index
        }
        return nil
    }

    /// Gives the place back, before the mapping ends.
    ///
    /// - Returns: whether all of it that was looked at could be read.
    func remove(_ index: Int) -> Bool {
        // No read of the bytes may be moved behind this.
        let isDamaged = unsafe self.damages[index].exchange(false, ordering: .acquiringAndReleasing)
        unsafe self.starts[index].store(0, ordering: .releasing)
        return !isDamaged
    }

    private func signalled(_ signal: Int32, _ information: UnsafeMutablePointer<siginfo_t>?) {
        let number = errno
        defer { errno = number }
        let address = unsafe UInt(bitPattern: information?.pointee._sifields._sigfault.si_addr)
        if self.blank(address) { return }
        // The instruction is tried again, or the signal comes again, and now means what it meant before.
        unsafe sigaction(SIGBUS, self.previous, nil)
        raise(signal)
    }

    /// Puts zeros in the place of a page that cannot be read.
    ///
    /// - Returns: whether it is one of a file's.
    private func blank(_ address: UInt) -> Bool {
        for index in 0..<Self.countMax {
            let start = unsafe self.starts[index].load(ordering: .acquiring)
            guard start > Self.taken, start <= address, unsafe address < self.ends[index].load(ordering: .relaxed)
            else { continue }
            let page = unsafe UnsafeMutableRawPointer(bitPattern: address & ~(self.pageSize - 1))
            let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS) | MAP_FIXED
            let result = unsafe mmap(page, Int(self.pageSize), PROT_READ, flags, -1, 0)
            guard unsafe result == page else { return false }
            unsafe self.damages[index].store(true, ordering: .relaxed)
            return true
        }
        return false
    }
}
