import IMAPWire
import NIOCore
import Testing

/// One grammar rule as the tests try it.
typealias Rule<Value> = (inout WireCursor) throws(WireSyntaxError) -> Value

/// The rule reads `text`, gives `value`, and stops exactly where `text` ends, whatever stands there.
func expectTakes<Value: Equatable>(
    _ text: String,
    _ value: Value,
    before suffixes: [String] = ["", "\u{1}", "\r\n"],
    sourceLocation: SourceLocation = #_sourceLocation,
    _ rule: Rule<Value>
) {
    for suffix in suffixes {
        var cursor = WireCursor(ByteBuffer(string: text + suffix))
        do {
            #expect(try rule(&cursor) == value, sourceLocation: sourceLocation)
            #expect(cursor.offset == text.utf8.count, sourceLocation: sourceLocation)
        } catch {
            Issue.record("refused \(text.debugDescription): \(error)", sourceLocation: sourceLocation)
        }
    }
    expectPrefixesConsumeNothingOnFailure(text, sourceLocation: sourceLocation, rule)
}

/// The rule refuses `text` and has then consumed nothing.
func expectRefuses<Value>(
    _ text: String,
    _ expectation: WireSyntaxError.Expectation? = nil,
    at offset: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ rule: Rule<Value>
) {
    var cursor = WireCursor(ByteBuffer(string: text))
    do {
        _ = try rule(&cursor)
        Issue.record("took \(text.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        #expect(cursor.offset == 0, sourceLocation: sourceLocation)
        if let expectation { #expect(error.expected == expectation, sourceLocation: sourceLocation) }
        if let offset { #expect(error.offset == offset, sourceLocation: sourceLocation) }
    }
}

/// Cut anywhere, the text is either taken in part or refused without a trace.
private func expectPrefixesConsumeNothingOnFailure<Value>(
    _ text: String,
    sourceLocation: SourceLocation,
    _ rule: Rule<Value>
) {
    for length in 0..<text.utf8.count {
        var cursor = WireCursor(ByteBuffer(bytes: text.utf8.prefix(length)))
        do {
            _ = try rule(&cursor)
            #expect(cursor.offset <= length, sourceLocation: sourceLocation)
        } catch {
            #expect(cursor.offset == 0, sourceLocation: sourceLocation)
            #expect(error.offset <= length, sourceLocation: sourceLocation)
        }
    }
}

/// The command after its tag.
func command(_ text: String) throws -> IMAPCommand {
    let request = try IMAPRequest.parse(ByteBuffer(string: "a1 " + text))
    #expect(request.tag == "a1")
    return request.command
}

/// Why a command is refused; `nil` when it is not.
func refusal(_ text: String) -> IMAPRefusal? {
    do {
        _ = try IMAPRequest.parse(ByteBuffer(string: text))
        return nil
    } catch {
        return error
    }
}

/// What is expected, when a command is refused for its syntax.
func expectation(_ text: String) -> WireSyntaxError.Expectation? {
    if case .syntax(let error) = refusal("a1 " + text)?.reason { error.expected } else { nil }
}

/// What a writer has written.
func written(_ write: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    write(&buffer)
    return String(buffer: buffer)
}

extension SequenceSet {
    /// A set of single numbers.
    static func numbers(_ numbers: UInt32...) -> Self {
        Self(ranges: numbers.map { Range(.number($0), .number($0)) })
    }

    static func range(_ first: UInt32, _ last: Bound) -> Self {
        Self(ranges: [Range(.number(first), last)])
    }
}
