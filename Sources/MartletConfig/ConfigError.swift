/// Everything that is wrong with a configuration, not just the first thing.
package struct ConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the order of the file.
    package let problems: [ConfigProblem]
    /// The file; `nil` when there is none.
    package var path: String?

    package init(problems: [ConfigProblem]) {
        self.problems = problems.sorted { ($0.line ?? .max, $0.key) < ($1.line ?? .max, $1.key) }
    }

    package var description: String {
        let place = self.path.map { "\($0): " } ?? ""
        return self.problems.map { place + $0.description }.joined(separator: "\n")
    }
}

/// One thing that is wrong, where it stands, and what would be right.
package struct ConfigProblem: Hashable, Sendable, CustomStringConvertible {
    /// `smtp.received_max`; empty when the file as a whole is meant.
    package let key: String
    /// From 1; `nil` when it is not known, as for something that is missing.
    package let line: Int?
    package let message: String

    package init(key: String, line: Int?, message: String) {
        self.key = key
        self.line = line
        self.message = message
    }

    package var description: String {
        let place = self.line.map { "line \($0): " } ?? ""
        return place + (self.key.isEmpty ? "" : "\(self.key): ") + self.message
    }
}
