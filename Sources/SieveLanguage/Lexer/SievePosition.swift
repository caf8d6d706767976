/// A place in a script, as an editor shows it.
package struct SievePosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    /// From 1, in characters.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static let start = Self(line: 1, column: 1)

    package var description: String { "\(self.line):\(self.column)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
