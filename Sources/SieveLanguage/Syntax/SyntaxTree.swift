/// A command or test as it is written, whether or not there is such a one. RFC 5228 §8.2.
struct SyntaxNode {
    /// In lower case.
    var name: String
    var position: SievePosition
    var arguments: [SyntaxArgument] = []
    /// The tests after the arguments: one, or those of a list in parentheses.
    var tests: [SyntaxNode] = []
    /// Whether the tests stand in parentheses.
    var hasTestList = false
    /// `nil` when a semicolon ends the command.
    var block: [SyntaxNode]?
}

/// An argument as it is written.
struct SyntaxArgument {
    enum Value {
        case tag(String)
        case number(UInt64)
        case string(SyntaxString)
        case list([SyntaxString])
    }

    var value: Value
    var position: SievePosition

    /// The argument's kind as a message names it.
    var kindName: String {
        switch self.value {
        case .tag(let name): "the tag ':\(name)'"
        case .number: "a number"
        case .string: "a string"
        case .list: "a string list"
        }
    }
}

struct SyntaxString {
    var bytes: [UInt8]
    var position: SievePosition

    var text: String { String(decoding: self.bytes, as: UTF8.self) }
}
