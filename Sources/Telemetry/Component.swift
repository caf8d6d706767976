/// The parts of the program that log under a name of their own, so that each can have its own level.
package enum Component: String, Sendable, CaseIterable {
    case system
    case listener
    case smtp
    case imap
    case pop3
    case managesieve
    case reception
    case delivery
    case queue
    case store
    case directory
    case control
    case trace

    /// The logger's label.
    package var label: String { "martlet.\(self.rawValue)" }
}
