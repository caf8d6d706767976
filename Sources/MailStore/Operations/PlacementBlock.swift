internal import MailTypes
internal import NIOCore
internal import Storage

/// Neighbouring placements of a mailbox as one row holds them: packed, UIDs ascending.
///
/// A placement is 40 octets, little-endian: UID (4), octets of the message (4), flags (8), modification sequence (8),
/// message (8), the time it came into the mailbox in milliseconds (8). Behind the last there may be room, which is
/// zeros: a row that keeps its size is overwritten where it stands. See docs/decisions/0005.
struct PlacementBlock {
    /// Placements in a block: as many as fit one page of the database. Where its pages have 4 KiB, as they had once,
    /// there are blocks of a hundred, which nothing is added to.
    static let countMax = 50
    static let entryOctets = 40
    /// Placements a row has room for, as it grows.
    private static let capacities = [4, 12, 30, countMax]

    /// The row's identifier: the mailbox, and a UID that is not above the block's first and above all of the block
    /// before it.
    let key: Key
    /// What the row holds.
    private(set) var bytes: [UInt8]
    private(set) var count: Int

    struct Key: Hashable {
        let rawValue: Int64

        init(rawValue: Int64) {
            self.rawValue = rawValue
        }

        init(_ mailbox: MailboxID, _ uid: UID) {
            self.rawValue = mailbox.rawValue << 32 | Int64(uid.rawValue)
        }

        var mailbox: MailboxID { MailboxID(rawValue: self.rawValue >> 32) }
        var uid: UID { UID(rawValue: UInt32(truncatingIfNeeded: self.rawValue)) }
    }

    /// An empty block that begins at `uid`.
    init(_ mailbox: MailboxID, from uid: UID) {
        self.key = Key(mailbox, uid)
        self.bytes = []
        self.count = 0
    }

    init(key: Key, _ bytes: Span<UInt8>) throws {
        guard bytes.count.isMultiple(of: Self.entryOctets) else { throw StorageError(.corrupt, "read a block") }
        self.key = key
        self.bytes = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
        self.count = Self.count(in: bytes)
    }

    var isFull: Bool { self.count >= Self.countMax }

    func uid(at index: Int) -> UID { Self.uid(at: index, in: self.bytes.span) }

    func entry(at index: Int) -> MailboxState.Entry { Self.entry(at: index, in: self.bytes.span) }

    func savedAt(at index: Int) -> Instant {
        Instant(millisecondsSince1970: Self.load(index, 32, in: self.bytes.span))
    }

    /// The index of the first placement with this UID or a later one; ``count`` when there is none.
    func firstIndex(notBefore uid: UID) -> Int {
        var low = 0
        var high = self.count
        while low < high {
            let middle = (low + high) / 2
            if self.uid(at: middle) < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Changing

    mutating func append(_ entry: MailboxState.Entry, savedAt: Instant) {
        let start = self.count * Self.entryOctets
        self.count += 1
        self.makeRoom()
        self.store(entry.uid.rawValue, at: start)
        self.store(entry.octets, at: start + 4)
        self.store(entry.flags.rawValue, at: start + 8)
        self.store(entry.modSeq.rawValue, at: start + 16)
        self.store(entry.message.rawValue, at: start + 24)
        self.store(savedAt.millisecondsSince1970, at: start + 32)
    }

    mutating func setFlags(_ flags: FlagSet, _ modSeq: ModSeq, at index: Int) {
        self.store(flags.rawValue, at: index * Self.entryOctets + 8)
        self.store(modSeq.rawValue, at: index * Self.entryOctets + 16)
    }

    mutating func setModSeq(_ modSeq: ModSeq) {
        for index in 0..<self.count { self.store(modSeq.rawValue, at: index * Self.entryOctets + 16) }
    }

    /// Keeps those placements for which `isKept` says so by their index.
    mutating func keep(_ isKept: (Int) -> Bool) {
        var kept: [UInt8] = []
        kept.reserveCapacity(self.bytes.count)
        for index in 0..<self.count where isKept(index) {
            kept.append(contentsOf: self.bytes[index * Self.entryOctets..<(index + 1) * Self.entryOctets])
        }
        self.bytes = kept
        self.count = kept.count / Self.entryOctets
        self.makeRoom()
    }

    private mutating func makeRoom() {
        let capacity = Self.capacities.first { $0 >= self.count } ?? Self.countMax
        let missing = capacity * Self.entryOctets - self.bytes.count
        if missing > 0 { self.bytes.append(contentsOf: repeatElement(0, count: missing)) }
    }

    /// The same placements in another mailbox.
    func moved(to mailbox: MailboxID) -> PlacementBlock {
        PlacementBlock(key: Key(mailbox, self.key.uid), bytes: self.bytes, count: self.count)
    }

    private init(key: Key, bytes: [UInt8], count: Int) {
        self.key = key
        self.bytes = bytes
        self.count = count
    }

    private mutating func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        unsafe self.bytes.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
        }
    }

    // MARK: Reading what lies in SQLite's memory

    /// Placements in a block.
    static func count(in bytes: Span<UInt8>) -> Int {
        var (low, high) = (0, bytes.count / Self.entryOctets)
        while low < high {
            let middle = (low + high) / 2
            if Self.uid(at: middle, in: bytes).rawValue == 0 { high = middle } else { low = middle + 1 }
        }
        return low
    }

    static func entry(at index: Int, in bytes: Span<UInt8>) -> MailboxState.Entry {
        MailboxState.Entry(
            uid: Self.uid(at: index, in: bytes),
            octets: Self.load(index, 4, in: bytes),
            flags: FlagSet(rawValue: Self.load(index, 8, in: bytes)),
            modSeq: ModSeq(rawValue: Self.load(index, 16, in: bytes)),
            message: StoredMessageID(rawValue: Self.load(index, 24, in: bytes))
        )
    }

    private static func uid(at index: Int, in bytes: Span<UInt8>) -> UID {
        UID(rawValue: Self.load(index, 0, in: bytes))
    }

    private static func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ index: Int,
        _ offset: Int,
        in bytes: Span<UInt8>
    ) -> Value {
        let start = index * Self.entryOctets + offset
        precondition(start >= 0 && start + MemoryLayout<Value>.size <= bytes.count, "a placement lies inside its block")
        return unsafe bytes.withUnsafeBytes {
            unsafe Value(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Value.self))
        }
    }
}
