internal import FoundationEssentials
internal import Glibc
internal import MailTypes

/// Whose the data folder is. What root puts there must be that user's, or the server could not use it.
struct DataOwner {
    private let user: uid_t
    private let group: gid_t

    /// `nil` unless root runs this process and the folder is somebody else's.
    init?(of folder: String) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0, status.st_uid != 0 else { return nil }
        self.user = status.st_uid
        self.group = status.st_gid
    }

    /// Makes this process go on as the owner, for good.
    ///
    /// - Throws: ``SystemError`` when the system does not let it.
    func become() throws {
        // The groups first: afterwards there is no right to.
        let groups =
            if let name = unsafe getpwuid(self.user)?.pointee.pw_name {
                unsafe initgroups(name, self.group)
            } else {
                setgroups(0, nil)
            }
        guard groups == 0, setgid(self.group) == 0, setuid(self.user) == 0 else {
            throw SystemError("cannot go on as the owner of the data, user \(self.user): \(SystemFailure.last)")
        }
    }

    /// Makes a file, or a folder and all that is in it, the owner's.
    ///
    /// - Throws: what keeps the folder from being listed, else ``SystemError`` for the first that cannot be given away.
    func take(_ path: String) throws {
        var isFolder = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let below = isFolder ? try FileManager.default.subpathsOfDirectory(atPath: path) : []
        for path in [path] + below.map({ "\(path)/\($0)" }) {
            guard unsafe lchown(path, self.user, self.group) == 0 else {
                throw SystemError("cannot give \(path) to user \(self.user): \(SystemFailure.last)")
            }
        }
    }
}
