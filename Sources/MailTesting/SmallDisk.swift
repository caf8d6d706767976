internal import Glibc

/// A file system of a few megabytes in memory, for what happens when a disk is full. Needs the right to mount.
package struct SmallDisk {
    package let path: String
    private let folder: TemporaryFolder

    /// Whether this process may mount one.
    package static let isAvailable: Bool = {
        guard let disk = SmallDisk(megabytes: 1) else { return false }
        disk.remove()
        return true
    }()

    package init?(megabytes: Int) {
        self.folder = TemporaryFolder()
        self.path = self.folder.path
        guard unsafe mount("tmpfs", self.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            self.folder.remove()
            return nil
        }
    }

    package func remove() {
        unsafe umount2(self.path, Int32(MNT_DETACH))
        self.folder.remove()
    }

    /// Takes all the room that is left.
    /// A program that another test starts meanwhile is not to hold the file, whose room it would keep until it ends.
    package func fill() {
        let descriptor = unsafe open("\(self.path)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        for size in [65_536, 4_096, 1] {
            let bytes = [UInt8](repeating: 0x78, count: size)
            while unsafe write(descriptor, bytes, size) > 0 {}
        }
        close(descriptor)
    }

    package func makeRoom() {
        unsafe unlink("\(self.path)/filler")
    }
}
