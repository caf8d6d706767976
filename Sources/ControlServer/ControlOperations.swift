/// The operations a control server offers: a name, and what turns JSON input into JSON output.
package struct ControlOperations: Sendable {
    package typealias Perform = @Sendable (_ input: [UInt8]) async throws -> [UInt8]

    private var operations: [String: Perform] = [:]

    package init() {}

    /// - Parameter name: path-like, such as `queue/list`.
    package mutating func add(_ name: String, _ perform: @escaping Perform) {
        precondition(self.operations[name] == nil, "operation \(name) is defined twice")
        self.operations[name] = perform
    }

    subscript(name: String) -> Perform? { self.operations[name] }
}

/// A request that cannot be carried out, in words for the administrator.
package struct ControlError: Error, Sendable, CustomStringConvertible {
    package var message: String
    /// Whether the request itself was wrong, rather than its time or the state of the system.
    package var isCallersFault: Bool

    package init(_ message: String, isCallersFault: Bool = true) {
        self.message = message
        self.isCallersFault = isCallersFault
    }

    package var description: String { self.message }
}
