internal import Glibc

/// The machine's processors, and what is made for them.
enum Processors {
    static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// How many databases a new mail store gets.
    ///
    /// Each has a writer that commits, as one, what waits for it. Where few processors bring messages, several writers
    /// commit apart what one would have committed together: with two processors four of them took half as much time
    /// again for a message as one.
    static var shards: Int { min(4, max(1, Self.count / 2)) }
}
