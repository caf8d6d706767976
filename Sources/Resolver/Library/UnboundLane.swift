internal import Dispatch
internal import MailTypes
internal import Synchronization

/// The one queue from which the library is called. Nothing here waits for the network: the library does that on a
/// thread of its own and makes a descriptor readable.
final class UnboundLane: Sendable {
    private let context: Mutex<UnboundContext?>
    private let reading: Mutex<any DispatchSourceRead>
    private let queue: DispatchQueue

    init(_ options: ResolverOptions) throws(ResolverError) {
        let context = try UnboundContext(options)
        let queue = DispatchQueue(label: "resolver")
        self.queue = queue
        self.reading = Mutex(DispatchSource.makeReadSource(fileDescriptor: context.descriptor, queue: queue))
        self.context = Mutex(context)
    }

    /// From now on until ``close()`` answers are handed over, on the lane.
    func start(answered: @escaping @Sendable ([LibraryAnswer]) -> Void) {
        self.reading.withLock { source in
            source.setEventHandler { answered(self.context.withLock { $0?.process() ?? [] }) }
            source.setCancelHandler {
                self.context.withLock {
                    $0?.delete()
                    $0 = nil
                }
            }
            source.activate()
        }
    }

    /// Begins to ask; `refused` is called on the lane if the library takes no question.
    func ask(_ question: DNSQuestion, refused: @escaping @Sendable (LibraryAnswer) -> Void) {
        self.queue.async {
            if let answer = self.context.withLock({ $0?.ask(question) }) { refused(answer) }
        }
    }

    /// Calls `body` on the lane.
    func run(after duration: Duration, _ body: @escaping @Sendable () -> Void) {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(min(seconds, 86_400)) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
        // Rounded up, so that whoever is woken finds its time come.
        self.queue.asyncAfter(deadline: .now() + .milliseconds(max(0, milliseconds + 1)), execute: body)
    }

    /// Returns at once; the library ends on the lane.
    func close() {
        self.reading.withLock { $0.cancel() }
    }
}
