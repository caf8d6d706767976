internal import Glibc

/// Which file a path leads to, whatever its name.
package enum FileIdentity {
    /// The number of the file's inode, symbolic links followed; `nil` when there is no such file.
    package static func inode(of path: String) -> UInt64? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return UInt64(status.st_ino)
    }
}
