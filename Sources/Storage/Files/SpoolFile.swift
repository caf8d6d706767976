/// A message's bytes in a file that is complete: in the spool until ``discard()``, or a stored body, which stays.
package final class SpoolFile: Sendable {
    package let path: String
    package let octets: Int
    private let isTemporary: Bool

    package init(path: String, octets: Int, isTemporary: Bool = true) {
        self.path = path
        self.octets = octets
        self.isTemporary = isTemporary
    }

    /// Removes the spool's name. Bodies made from it stay, and a stored body's own name too.
    package func discard() {
        if self.isTemporary { FileSystem.remove(self.path) }
    }
}
