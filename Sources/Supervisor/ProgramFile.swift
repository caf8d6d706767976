internal import Glibc

/// Where the program is installed, and becoming what is installed there.
package enum ProgramFile {
    /// The absolute path by which this process's program was started: where an upgrade looks for the new one.
    ///
    /// The name it was called by is what counts when it leads to this program, since it may be a link that is moved to
    /// another version; else it is the place the program was read from.
    ///
    /// - Parameter name: the first argument of the process.
    package static func path(calledAs name: String) -> String {
        let candidates = name.contains("/") ? [Self.absolute(name)] : Self.searchPath.map { "\($0)/\(name)" }
        let own = Self.identity("/proc/self/exe")
        return candidates.first { own != nil && Self.identity($0) == own } ?? Self.readFrom
    }

    /// Has lists of processes show the program's name, where they would show the name of the link it was started by.
    package static func showName() {
        // Nothing depends on it.
        guard let file = unsafe fopen("/proc/self/comm", "w") else { return }
        unsafe fputs("martlet", file)
        unsafe fclose(file)
    }

    /// Makes this process begin anew with other arguments; returns when that cannot be done.
    package static func restart(_ arguments: [String]) {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        let name = CommandLine.arguments[0]
        unsafe withCStrings([name] + arguments) { argv in _ = unsafe execve("/proc/self/exe", argv, environ) }
    }

    /// Makes this process run the program at `path`; its signal mask and descriptors stay. Returns when it cannot,
    /// with `errno` set.
    static func become(_ path: String, _ arguments: [String], environment: [String]) {
        unsafe withCStrings([path] + arguments) { argv in
            unsafe withCStrings(environment) { environment in
                _ = unsafe execve(path, argv, environment)
            }
        }
    }

    private static var searchPath: [String] {
        (environmentValue("PATH") ?? "").split(separator: ":").map(String.init)
    }

    private static var readFrom: String {
        // What the kernel says of a file that has been replaced.
        let mark = " (deleted)"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        let path = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(folder) }
        return unsafe "\(String(cString: folder))/\(path)"
    }

    private static func identity(_ path: String) -> [UInt64]? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}
