/// A request of the administrator's, as it travels from the command line to the program: its fields are the input.
package protocol AdministrativeCall: Codable, Sendable {
    associatedtype Output: Codable & Sendable

    /// The name on the wire, such as `queue/list`.
    static var name: String { get }
    /// Seconds within which a program that does not hang answers; `nil` for work that takes as long as it takes.
    static var patience: Int? { get }

    /// It looks only, and where no program runs nothing may be changed for it.
    static var isInspection: Bool { get }

    /// Carries it out on the system's services.
    func perform(on system: AdministeredSystem) async throws -> Output
}

extension AdministrativeCall {
    package static var isInspection: Bool { false }
    package static var patience: Int? { nil }
}

/// The answer of a call that has nothing to tell but what it did, in a sentence.
package struct Done: Codable, Sendable {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// A request that cannot be carried out: what is wrong and what to do.
package struct OperationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String

    /// What only the running program can do was asked of somebody else.
    package static let notRunning = OperationError("Martlet is not running")

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { self.message }
}
