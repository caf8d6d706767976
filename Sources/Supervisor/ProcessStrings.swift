internal import Glibc

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<R>(
    _ strings: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the array holds at least its end mark") }
        return unsafe body(base)
    }
}

/// This process's environment without what a supervisor above it may have left there.
func inheritedEnvironment() -> [String] {
    let handovers = WorkerHandover.keys.union(SupervisorHandover.keys).map { "\($0)=" }
    var variables: [String] = []
    var next = unsafe environ
    while let variable = unsafe next.pointee {
        let text = unsafe String(cString: variable)
        if !handovers.contains(where: { text.hasPrefix($0) }) { variables.append(text) }
        unsafe next += 1
    }
    return variables
}

/// A variable of this process's environment.
func environmentValue(_ key: String) -> String? {
    guard let value = unsafe getenv(key) else { return nil }
    return unsafe String(cString: value)
}
