package import NIOCore

/// A message as a script left it: stretches of the message as it came, and what was put between them.
///
/// Actions carry one each, because an action takes the message as it was when the action was asked for. Nothing
/// is copied until it is written. RFC 5293 §6.
package struct SieveEdition: Hashable, Sendable {
    package enum Segment: Hashable, Sendable {
        /// A stretch of the message as it came.
        case original(Range<Int>)
        case bytes([UInt8])

        var octets: Int {
            switch self {
            case .original(let range): range.count
            case .bytes(let bytes): bytes.count
            }
        }
    }

    package private(set) var segments: [Segment] = []

    init() {}

    /// The whole message of that many octets, unchanged.
    package init(originalOctets: Int) {
        self.segments = [.original(0..<originalOctets)]
    }

    package var octets: Int { self.segments.reduce(0) { $0 + $1.octets } }

    /// Whether it is the message as it came.
    package func isOriginal(octets: Int) -> Bool {
        self.segments == [.original(0..<octets)]
    }

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        if case .bytes(let last) = self.segments.last {
            self.segments[self.segments.count - 1] = .bytes(last + bytes)
        } else {
            self.segments.append(.bytes(bytes))
        }
    }

    mutating func append(original range: Range<Int>) {
        guard !range.isEmpty else { return }
        if case .original(let last) = self.segments.last, last.upperBound == range.lowerBound {
            self.segments[self.segments.count - 1] = .original(last.lowerBound..<range.upperBound)
        } else {
            self.segments.append(.original(range))
        }
    }

    mutating func append(_ other: SieveEdition) {
        for segment in other.segments {
            switch segment {
            case .original(let range): self.append(original: range)
            case .bytes(let bytes): self.append(bytes)
            }
        }
    }

    /// The part of it that `range`, in octets of this edition, holds.
    func slice(_ range: Range<Int>) -> SieveEdition {
        var result = SieveEdition()
        var start = 0
        for segment in self.segments {
            let whole = start..<start + segment.octets
            let part = whole.clamped(to: range)
            if !part.isEmpty {
                switch segment {
                case .original(let original):
                    let first = original.lowerBound + part.lowerBound - start
                    result.append(original: first..<first + part.count)
                case .bytes(let bytes):
                    result.append(Array(bytes[part.lowerBound - start..<part.upperBound - start]))
                }
            }
            start = whole.upperBound
        }
        return result
    }

    /// Appends the changed message.
    ///
    /// - Parameter original: the message as it came.
    package func write(_ original: ByteBuffer, into buffer: inout ByteBuffer) {
        for segment in self.segments {
            switch segment {
            case .original(let range):
                let start = original.readerIndex + range.lowerBound
                guard let slice = original.getSlice(at: start, length: range.count) else { continue }
                buffer.writeImmutableBuffer(slice)
            case .bytes(let bytes):
                buffer.writeBytes(bytes)
            }
        }
    }
}
