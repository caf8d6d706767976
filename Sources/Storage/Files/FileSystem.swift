internal import Glibc

/// Folders, names and free space.
package enum FileSystem {
    /// Makes the folder and those above it, for this user only. Existing ones are left as they are.
    package static func makeFolder(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Descriptor.error("make folder", path)
        }
        try Self.makeFolder(String(path[..<slash]))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Descriptor.error("make folder", path) }
    }

    /// The folder in which the name stands.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Octets of a file.
    package static func size(of path: String) throws(StorageError) -> Int {
        let file = try Descriptor.open(path, .reading)
        defer { file.close() }
        return try file.size()
    }

    /// Removes the name; `false` when it was not there or could not be removed.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        unsafe unlink(path) == 0
    }

    static func rename(_ old: String, to new: String) throws(StorageError) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw Descriptor.error("rename", new) }
    }

    /// A second name for the file; `false` when the name is taken.
    static func link(_ path: String, to new: String) throws(StorageError) -> Bool {
        if unsafe Glibc.link(path, new) == 0 { return true }
        if errno == EEXIST { return false }
        throw Descriptor.error("link", new)
    }

    /// Names in a folder, without `.` and `..`; none when it does not exist.
    package static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// How many files there are in a folder and those below it, or the one that `path` is, and their octets.
    package static func extent(of path: String) throws(StorageError) -> (files: Int, octets: Int) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw Descriptor.error("size", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return (1, Int(status.st_size)) }
        var extent = (files: 0, octets: 0)
        for name in Self.names(in: path) {
            let part = try Self.extent(of: "\(path)/\(name)")
            extent = (extent.files + part.files, extent.octets + part.octets)
        }
        return extent
    }

    /// Removes a folder with all that is in it, as far as that can be done.
    package static func removeAll(_ path: String) {
        guard unsafe rmdir(path) != 0, !Self.remove(path) else { return }
        for name in Self.names(in: path) { Self.removeAll("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }

    /// Makes names added to or removed from a folder last.
    static func syncFolder(_ path: String) throws(StorageError) {
        let folder = try Descriptor.open(path, .reading)
        defer { folder.close() }
        guard fsync(folder.number) == 0 else { throw Descriptor.error("sync folder", path) }
    }

    /// A copy, or a second name where the file system allows one; synced.
    package static func linkOrCopy(_ path: String, to new: String) throws(StorageError) {
        if unsafe Glibc.link(path, new) == 0 { return }
        try self.copy(path, to: new)
    }

    /// A copy as of now of a file that is written to; synced.
    package static func copy(_ path: String, to new: String) throws(StorageError) {
        let source = try Descriptor.open(path, .reading)
        defer { source.close() }
        let target = try Descriptor.open(new, .creating)
        defer { target.close() }
        var left = try source.size()
        while left > 0 {
            let count = sendfile(target.number, source.number, nil, min(left, 1 << 30))
            guard count > 0 else { throw Descriptor.error("copy", new) }
            left -= count
        }
        try target.syncData()
    }

    /// Octets free for this user and octets in all, of the file system the folder is on.
    package static func space(at folder: String) throws(StorageError) -> (free: Int, total: Int) {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { throw Descriptor.error("free space", folder) }
        let unit = Int(status.f_frsize)
        return (Int(status.f_bavail) * unit, Int(status.f_blocks) * unit)
    }

    /// The kernel's name for this run of the operating system; empty where there is none.
    static var bootID: String {
        guard let file = try? Descriptor.open("/proc/sys/kernel/random/boot_id", .reading) else { return "" }
        defer { file.close() }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file.number, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
    }
}
