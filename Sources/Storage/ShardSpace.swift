internal import Synchronization

extension Shard {
    /// Octets kept free for removing mail and for finishing what was begun, at most.
    static let reserveMax = 16 << 20

    /// Refuses what makes the store grow while there is still room for what makes it shrink (lesson 28).
    ///
    /// A full disk is met here, before anything is written. Operations that only remove or change are not asked, and
    /// find the reserve. Pages the database has free count as room, as new mail goes there first.
    ///
    /// The file system is asked again when a sixteenth of what was found free has been granted.
    package func requireRoom(for octets: Int) throws(StorageError) {
        // A message's rows and their share of pages come on top of its octets.
        let wanted = octets + 16 * 1_024
        if self.grantedRoom.subtract(wanted, ordering: .relaxed).newValue >= 0 { return }
        let space = try FileSystem.space(at: self.folder)
        let reserve = min(Self.reserveMax, space.total / 8)
        if space.free > octets + reserve {
            let granted = min((space.free - octets - reserve) / 16, Self.grantMax)
            self.grantedRoom.store(granted, ordering: .relaxed)
            return
        }
        self.grantedRoom.store(0, ordering: .relaxed)
        if space.free + self.freeOctets > octets + reserve, space.free > reserve / 2 { return }
        throw StorageError(.diskFull, "space", "\(space.free) octets are free for \(self.folder)")
    }

    private static let grantMax = 16 << 20

    /// Octets of the database file that hold nothing.
    private var freeOctets: Int {
        // Without an answer none are counted, which refuses a little earlier.
        let octets = try? self.readNow { try $0.integer("PRAGMA freelist_count") * $0.integer("PRAGMA page_size") }
        return octets ?? 0
    }
}
