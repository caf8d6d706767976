/// Why a resolver cannot be had: the configuration is wrong or the library refuses.
package struct ResolverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being set.
    package let operation: String
    package let cause: String

    package init(_ operation: String, _ cause: String) {
        self.operation = operation
        self.cause = cause
    }

    package var description: String { "resolver, \(self.operation): \(self.cause)" }
}
