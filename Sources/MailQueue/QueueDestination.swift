/// Where a recipient's mail goes, as far as the queue must know: mail for the same destination waits for the same
/// thing, and shares a bound in memory. A number of this run of the program; it is never stored.
package struct QueueDestination: Hashable, Sendable {
    private let number: Int

    /// Two that happen to get the same number share their bound, which does no harm.
    package init(_ destination: some Hashable) {
        self.number = destination.hashValue
    }
}
