internal import Glibc

/// A disk in a file, with a file system that keeps a journal, to see what it has when the power goes. Needs the right
/// to mount.
package struct PowerCutDisk {
    /// Where it is mounted.
    package let folder: TemporaryFolder
    private let outer: TemporaryFolder

    /// Whether this process may have one.
    package static let isAvailable: Bool = {
        guard geteuid() == 0, let disk = try? PowerCutDisk(megabytes: 8) else { return false }
        disk.remove()
        return true
    }()

    package init(megabytes: Int) throws {
        let outer = TemporaryFolder()
        do {
            let image = outer.path("image")
            _ = try TestTool.run("truncate", package: "coreutils", ["--size=\(megabytes)M", image])
            _ = try TestTool.run("mkfs.ext4", package: "e2fsprogs", ["-q", "-F", image])
            try self.init(outer)
        } catch {
            outer.remove()
            throw error
        }
    }

    private init(_ outer: TemporaryFolder) throws {
        self.outer = outer
        self.folder = TemporaryFolder(in: outer.path)
        _ = try TestTool.run("mount", package: "mount", ["-o", "loop", outer.path("image"), self.folder.path])
    }

    /// The disk as it would be after a power cut at this moment. What the system still holds for it is not there.
    package func afterPowerCut() throws -> PowerCutDisk {
        let outer = TemporaryFolder()
        do {
            let image = [self.outer.path("image"), outer.path("image")]
            _ = try TestTool.run("cp", package: "coreutils", ["--sparse=always"] + image)
            return try PowerCutDisk(outer)
        } catch {
            outer.remove()
            throw error
        }
    }

    package func remove() {
        unsafe umount2(self.folder.path, Int32(MNT_DETACH))
        self.outer.remove()
    }
}
