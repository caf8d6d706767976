/// Reading Message-ID for people who look for a message by it.
package enum MessageIDField {
    /// Octets that are kept. RFC 5322 §2.1.1: a line has no more.
    package static let octetsMax = 998

    /// As written between the angle brackets, or the whole value.
    ///
    /// - Parameter value: where the field's value is.
    package static func read(_ value: Range<Int>, in message: Span<UInt8>) -> String {
        var start = value.lowerBound
        var end = min(value.upperBound, start + Self.octetsMax)
        while start < end, message[start] <= 0x20 || message[start] == UInt8(ascii: "<") { start += 1 }
        while start < end, message[end - 1] <= 0x20 || message[end - 1] == UInt8(ascii: ">") { end -= 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - start)
        for index in start..<end { bytes.append(message[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first one of a message; `nil` when there is none.
    package static func first(in message: Span<UInt8>) -> String? {
        var scanner = HeaderScanner()
        while let field = scanner.next(in: message) {
            if HeaderName.messageID.matches(field.name, in: message) { return Self.read(field.value, in: message) }
        }
        return nil
    }
}
