internal import MailBytes
package import NIOCore

extension ByteBuffer {
    /// A number in decimal, without a `String` on the way.
    package mutating func writeDecimal(_ value: UInt64) {
        self.writeWithOutputRawSpan(minimumWritableBytes: 20) { span in span.put(decimal: value) }
    }

    package mutating func writeDecimal(_ value: UInt32) {
        self.writeDecimal(UInt64(value))
    }

    /// - Parameter value: a count or a size; below 0 it is written as 0.
    package mutating func writeDecimal(_ value: Int) {
        self.writeDecimal(UInt64(max(value, 0)))
    }

    /// A number of a fixed width, filled with `padding`, as dates have them.
    mutating func writeDecimal(_ value: Int, width: Int, padding: UInt8 = 0x30) {
        var threshold = 10
        for _ in 1..<width {
            if value < threshold { self.writeInteger(padding) }
            threshold *= 10
        }
        self.writeDecimal(value)
    }

    /// Numbers as a sequence set, in the order given; runs of successors become ranges: `1:3,7`.
    package mutating func writeNumberSet(_ numbers: some Sequence<UInt32>) {
        var iterator = numbers.makeIterator()
        guard var first = iterator.next() else { return }
        var last = first
        while let number = iterator.next() {
            if last < .max, number == last + 1 {
                last = number
                continue
            }
            self.writeRange(first, last)
            self.writeInteger(UInt8(ascii: ","))
            first = number
            last = number
        }
        self.writeRange(first, last)
    }

    private mutating func writeRange(_ first: UInt32, _ last: UInt32) {
        self.writeDecimal(first)
        if last != first {
            self.writeInteger(UInt8(ascii: ":"))
            self.writeDecimal(last)
        }
    }
}
