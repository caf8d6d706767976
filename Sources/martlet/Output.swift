internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import MailTypes
internal import MartletConfig

/// How a command prints what it found.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON for other programs.")
    var json = false

    /// Prints `value` as JSON, or what `text` makes of it.
    func print<Value: Encodable>(_ value: Value, _ text: (Value) -> String) throws {
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            show(json: String(decoding: try encoder.encode(value), as: UTF8.self))
        } else {
            let text = text(value)
            if !text.isEmpty { show(text) }
        }
    }

    /// Prints the first of `rows`, of which one more than `limit` was asked for, and says when there are more.
    func print<Row: Encodable>(_ rows: [Row], limit: CountArgument, _ text: ([Row]) -> String) throws {
        try self.print(Array(rows.prefix(limit.count)), text)
        guard rows.count > limit.count else { return }
        fflush(nil)
        writeToStandardError("There are more than these \(limit.count); --limit shows more.")
    }
}

/// Prints for people; nothing in it can do anything to their terminal.
func show(_ text: String) {
    print(TerminalText.printable(text))
}

/// Prints for programs, which people may look at.
func show(json: String) {
    print(TerminalText.printableJSON(json))
}

/// Columns of text, each as wide as its widest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ headings: String...) {
        self.rows = [headings]
    }

    mutating func add(_ cells: String...) {
        self.rows.append(cells)
    }

    var text: String {
        let widths = self.rows.reduce(into: [Int](repeating: 0, count: self.rows[0].count)) { widths, row in
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return self.rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
            }
            return cells.joined(separator: "  ")
        }
        .joined(separator: "\n")
    }
}

/// A command that could not do its work; printed after `Error: `.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = TerminalText.printable(description)
    }
}

/// `1.5 MiB`, for people.
func describeOctets(_ octets: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(octets)
    var unit = 0
    while value >= 1_024, unit < units.count - 1 {
        value /= 1_024
        unit += 1
    }
    let rounded = (value * 10).rounded() / 10
    return unit == 0 ? "\(octets) B" : "\(rounded) \(units[unit])"
}

/// Reads `500M`, `2GiB`, `1048576`, `none` (which is `nil`).
struct OctetsArgument: ExpressibleByArgument {
    var octets: Int?

    init?(argument: String) {
        if argument == "none" { return }
        guard let octets = Int(argument) ?? ConfigUnits.octets(argument), octets > 0 else { return nil }
        self.octets = octets
    }
}

/// Reads a number of things, at least one.
struct CountArgument: ExpressibleByArgument {
    let count: Int

    init(_ count: Int) {
        self.count = count
    }

    init?(argument: String) {
        guard let count = Int(argument), count > 0 else { return nil }
        // One more is a number, too.
        self.count = min(count, Int.max - 1)
    }

    var defaultValueDescription: String { "\(self.count)" }
}

/// Asks for a password twice without showing it, or reads it from standard input when that is no terminal.
func readNewPassword() throws -> String {
    if isatty(0) == 0 {
        guard let line = readLine(), !line.isEmpty else { throw CommandFailure("no password on standard input") }
        return line
    }
    guard let first = readHidden("Password: "), let second = readHidden("Again: "), !first.isEmpty else {
        throw CommandFailure("no password given")
    }
    guard first == second else { throw CommandFailure("the two passwords differ") }
    return first
}

private func readHidden(_ prompt: String) -> String? {
    guard let text = unsafe getpass(prompt) else { return nil }
    return unsafe String(cString: text)
}
