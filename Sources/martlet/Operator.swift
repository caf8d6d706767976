internal import Glibc

/// Who sits at the command line, for the trace: a name, believed because whoever may run this may do everything.
enum Operator {
    /// The user's name, that of whoever became root with sudo included; the number where there is no name.
    static var name: String {
        let user = geteuid()
        if user == 0, let name = unsafe getenv("SUDO_USER") { return unsafe String(cString: name) }
        guard let entry = unsafe getpwuid(user), let name = unsafe entry.pointee.pw_name else { return "uid \(user)" }
        return unsafe String(cString: name)
    }
}
