internal import Glibc

/// What the system says of calls it has refused.
package enum SystemFailure {
    /// Of the last one of this thread; to be asked at once.
    package static var last: String { Self.text(errno) }

    package static func text(_ number: Int32) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }
}
