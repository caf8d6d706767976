/// One mistake in a script, or something legal that is surely not meant, told to its author.
package struct SieveDiagnostic: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Hashable, Sendable {
        case error
        case warning
    }

    package var severity: Severity
    package var position: SievePosition
    /// What was found and what was expected; it may quote the script, so it goes to the script's owner only.
    package var message: String

    package init(_ severity: Severity, at position: SievePosition, _ message: String) {
        self.severity = severity
        self.position = position
        self.message = Self.shortened(message)
    }

    /// Characters of a message: it may quote a string of any length.
    private static let charactersMax = 500

    static func shortened(_ message: String) -> String {
        guard message.utf8.count > Self.charactersMax else { return message }
        return message.prefix(Self.charactersMax) + "…"
    }

    package var description: String { "\(self.position): \(self.severity.rawValue): \(self.message)" }
}

/// Gathers what is wrong with a script, up to a bound.
struct DiagnosticList {
    private(set) var all: [SieveDiagnostic] = []
    private(set) var errorCount = 0
    private let max: Int

    /// Whether there are so many that looking for more is of no use.
    var isFull: Bool { self.errorCount >= self.max }

    init(max: Int) {
        self.max = max
    }

    mutating func error(at position: SievePosition, _ message: String) {
        self.errorCount += 1
        self.add(SieveDiagnostic(.error, at: position, message))
    }

    mutating func warning(at position: SievePosition, _ message: String) {
        self.add(SieveDiagnostic(.warning, at: position, message))
    }

    private mutating func add(_ diagnostic: SieveDiagnostic) {
        guard self.all.count < self.max else { return }
        self.all.append(diagnostic)
    }
}
