package import Glibc
internal import MailTypes

/// The socket at which a control server is found: a name in the file system that one server at a time answers at.
///
/// A socket somebody answers at is never taken from them. One that was left behind is replaced. At the end the name is
/// removed only if it still leads to this socket.
package struct ControlSocket: Sendable {
    /// Octets of a path the system takes; the zero at its end is not counted. unix(7).
    static let pathOctetsMax = 107
    private static let backlog: Int32 = 128

    let path: String
    /// Listens.
    let descriptor: Int32
    private let identity: FileIdentity?

    /// Begins to listen at `path`; makes the folder it is in if that one alone is missing.
    ///
    /// Nobody but the owner may go through a folder made here, or use the socket: whoever can may do everything.
    package init(at path: String) throws(ControlSocketError) {
        let name = try SocketName(path)
        let folder = Self.folder(of: path)
        if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw ControlSocketError(path: path, reason: "its folder \(folder) cannot be made: \(SystemFailure.last)")
        }
        if case .answered = try Self.occupant(of: name, path) { throw Self.taken(path) }
        self.path = path
        self.descriptor = try Self.listen(name, path)
        self.identity = FileIdentity(path)
    }

    /// Looks whether a server could answer at `path`; changes nothing.
    ///
    /// - Parameter owner: the process that may answer there now, since it gives way to the one to be started; `nil`
    ///   when it is not known who that is, and anybody may.
    package static func check(_ path: String, heldBy owner: pid_t?) throws(ControlSocketError) {
        let name = try SocketName(path)
        let folder = Self.folder(of: path)
        if unsafe access(folder, F_OK) != 0 {
            let parent = Self.folder(of: folder)
            guard unsafe access(parent, W_OK | X_OK) == 0 else {
                let reason = "its folder \(folder) cannot be made in \(parent): \(SystemFailure.last)"
                throw ControlSocketError(path: path, reason: reason)
            }
            return
        }
        guard unsafe access(folder, W_OK | X_OK) == 0 else {
            throw ControlSocketError(path: path, reason: "cannot write in \(folder): \(SystemFailure.last)")
        }
        if let owner, case .answered(let process) = try Self.occupant(of: name, path), process != owner {
            throw Self.taken(path)
        }
    }

    /// Removes the name, unless it leads elsewhere by now. Closing is up to whoever serves the socket.
    package func remove() {
        guard let identity = self.identity, FileIdentity(self.path) == identity else { return }
        unsafe unlink(self.path)
    }

    private enum Occupant {
        case nobody
        /// By this process.
        case answered(pid_t)
    }

    /// Who answers at the path now.
    private static func occupant(of name: SocketName, _ path: String) throws(ControlSocketError) -> Occupant {
        guard let file = FileIdentity(path) else {
            if errno == ENOENT { return .nobody }
            throw ControlSocketError(path: path, reason: SystemFailure.last)
        }
        guard file.isSocket else { throw ControlSocketError(path: path, reason: "there is a file that is no socket") }
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { throw ControlSocketError(path: path, reason: SystemFailure.last) }
        defer { close(descriptor) }
        if name.connect(descriptor) { return .answered(Self.peer(of: descriptor)) }
        switch errno {
        case ECONNREFUSED, ENOENT: return .nobody
        // More wait to be answered than can.
        case EAGAIN: return .answered(0)
        default: throw ControlSocketError(path: path, reason: "cannot see who answers there: \(SystemFailure.last)")
        }
    }

    private static func peer(of descriptor: Int32) -> pid_t {
        // struct ucred: process, user, group.
        var credentials: [pid_t] = [0, 0, 0]
        var size = socklen_t(credentials.count * MemoryLayout<pid_t>.size)
        let status = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return status == 0 ? credentials[0] : 0
    }

    private static func taken(_ path: String) -> ControlSocketError {
        let advice = "another Martlet answers there; stop it, or give this one a socket of its own"
        return ControlSocketError(path: path, reason: advice)
    }

    private static func listen(_ name: SocketName, _ path: String) throws(ControlSocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ControlSocketError(path: path, reason: SystemFailure.last) }
        unsafe unlink(path)
        // Before there is a file, so that it is nobody else's for a moment.
        fchmod(descriptor, 0o600)
        guard name.bind(descriptor), Glibc.listen(descriptor, Self.backlog) == 0 else {
            let reason = SystemFailure.last
            close(descriptor)
            throw ControlSocketError(path: path, reason: reason)
        }
        return descriptor
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// No server can be found at the control socket's path.
package struct ControlSocketError: Error, CustomStringConvertible {
    package var path: String
    package var reason: String

    package var description: String {
        "cannot use the control socket \(self.path) (server.control_socket): \(self.reason)"
    }
}

/// Which file a name leads to now.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t
    let isSocket: Bool

    /// `nil` sets `errno`.
    init?(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.device = status.st_dev
        self.number = status.st_ino
        self.isSocket = status.st_mode & S_IFMT == S_IFSOCK
    }
}

/// A path as the system takes it.
private struct SocketName {
    private var address = sockaddr_un()

    init(_ path: String) throws(ControlSocketError) {
        let octets = Array(path.utf8)
        guard octets.count <= ControlSocket.pathOctetsMax else {
            let reason = "the path has \(octets.count) octets, the system takes \(ControlSocket.pathOctetsMax)"
            throw ControlSocketError(path: path, reason: "\(reason); set a shorter one")
        }
        self.address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &self.address.sun_path) { unsafe $0.copyBytes(from: octets) }
    }

    func bind(_ descriptor: Int32) -> Bool {
        unsafe self.withAddress { name, size in unsafe Glibc.bind(descriptor, name, size) == 0 }
    }

    func connect(_ descriptor: Int32) -> Bool {
        unsafe self.withAddress { name, size in unsafe Glibc.connect(descriptor, name, size) == 0 }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        unsafe withUnsafePointer(to: self.address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
