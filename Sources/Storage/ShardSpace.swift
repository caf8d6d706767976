extension Shard {
    /// Octets kept free for removing mail and for finishing what was begun, at most.
    static let reserveMax = 16 << 20

    /// Refuses what makes the store grow while there is still room for what makes it shrink (lesson 28).
    ///
    /// A full disk is met here, before anything is written. Operations that only remove or change are not asked, and
    /// find the reserve. Pages the database has free count as room, as new mail goes there first.
    package func requireRoom(for octets: Int) throws(StorageError) {
        let space = try FileSystem.space(at: self.folder)
        let reserve = min(Self.reserveMax, space.total / 8)
        if space.free > octets + reserve { return }
        if space.free + self.freeOctets > octets + reserve, space.free > reserve / 2 { return }
        throw StorageError(.diskFull, "space", "\(space.free) octets are free for \(self.folder)")
    }

    /// Octets of the database file that hold nothing.
    private var freeOctets: Int {
        // Without an answer none are counted, which refuses a little earlier.
        let pages = try? self.readNow { try $0.integer("PRAGMA freelist_count") }
        return (pages ?? 0) * self.pageSize
    }
}
