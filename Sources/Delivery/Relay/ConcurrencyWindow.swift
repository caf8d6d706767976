/// How many transactions a next hop gets at a time: more while all goes well, fewer when it does not.
///
/// It grows by one when as many as it allows have succeeded, and shrinks by one at each failure of the connection. A
/// refused message is no failure of the connection.
struct ConcurrencyWindow: Hashable, Sendable {
    private(set) var size: Int
    private var successes = 0
    private var max: Int

    init(start: Int, max: Int) {
        self.max = Swift.max(1, max)
        self.size = Swift.max(1, Swift.min(start, self.max))
    }

    /// A new bound. The window grows up to a higher one as transactions succeed.
    mutating func limit(to max: Int) {
        self.max = Swift.max(1, max)
        self.size = Swift.min(self.size, self.max)
    }

    mutating func succeeded() {
        guard self.size < self.max else { return }
        self.successes += 1
        if self.successes >= self.size {
            self.size += 1
            self.successes = 0
        }
    }

    mutating func failed() {
        self.size = Swift.max(1, self.size - 1)
        self.successes = 0
    }

    /// The host was found dead: when it is tried again, one connection shows whether it lives.
    mutating func died() {
        self.size = 1
        self.successes = 0
    }
}
