/// Jobs that wait, in a lane for each address they come from; the lanes are served in turns.
///
/// Whoever sends many waits behind its own, and one who sends a single one waits for as many jobs at most as there are
/// lanes. When no more may wait in all, a newcomer takes the place of the last job in the longest lane.
struct TurnQueue<Job> {
    /// What becomes of a job, or has become of another by it.
    enum Admission {
        case taken
        /// The job waits, and this one, which waited before, does not any more.
        case takenInPlace(of: Job)
        case refused
    }

    private var lanes: [LoginOrigin: FirstInFirstOut<Job>] = [:]
    /// Each lane once, the next to be served first.
    private var turns = FirstInFirstOut<LoginOrigin>()

    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }

    /// - Parameters:
    ///   - max: jobs that may wait in all.
    ///   - laneMax: jobs that may wait in the lane of one address. Administration waits however many there are.
    mutating func append(_ job: Job, from origin: LoginOrigin, max: Int, laneMax: Int) -> Admission {
        guard origin != .administration else {
            self.place(job, origin)
            return .taken
        }
        let length = self.lanes[origin]?.count ?? 0
        guard length < laneMax else { return .refused }
        guard self.count >= max else {
            self.place(job, origin)
            return .taken
        }
        guard let displaced = self.displace(forLaneOf: length) else { return .refused }
        self.place(job, origin)
        return .takenInPlace(of: displaced)
    }

    /// The next job, of the lane whose turn it is; that lane then waits for all the others.
    mutating func next() -> Job? {
        guard let origin = self.turns.removeFirst(), let job = self.lanes[origin]?.removeFirst() else { return nil }
        self.count -= 1
        if self.lanes[origin]?.isEmpty == false {
            self.turns.append(origin)
        } else {
            self.lanes[origin] = nil
        }
        return job
    }

    private mutating func place(_ job: Job, _ origin: LoginOrigin) {
        if self.lanes[origin] == nil { self.turns.append(origin) }
        self.lanes[origin, default: FirstInFirstOut()].append(job)
        self.count += 1
    }

    /// Takes the last job out of the longest lane, if that stays no shorter than the newcomer's becomes.
    ///
    /// - Complexity: linear in the lanes, and only while the queue is full.
    private mutating func displace(forLaneOf length: Int) -> Job? {
        let longest = self.lanes.lazy.filter { $0.key != .administration }.max { $0.value.count < $1.value.count }
        guard let origin = longest?.key, let longestLength = longest?.value.count, longestLength > length + 1 else {
            return nil
        }
        self.count -= 1
        return self.lanes[origin]?.removeLast()
    }
}

/// An array whose front is taken off without moving the rest each time.
private struct FirstInFirstOut<Element> {
    private var elements: [Element?] = []
    /// Index of the first element; those before it have gone.
    private var first = 0

    var count: Int { self.elements.count - self.first }
    var isEmpty: Bool { self.count == 0 }

    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    mutating func removeFirst() -> Element? {
        guard !self.isEmpty else { return nil }
        let element = self.elements[self.first].take()
        self.first += 1
        if self.first * 2 > self.elements.count {
            self.elements.removeFirst(self.first)
            self.first = 0
        }
        return element
    }

    mutating func removeLast() -> Element? {
        self.isEmpty ? nil : self.elements.removeLast()
    }
}
