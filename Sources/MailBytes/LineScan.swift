internal import Glibc
package import NIOCore

extension Span where Element == UInt8 {
    /// Where `byte` next stands at or after `start`; `nil` when it does not.
    ///
    /// - Complexity: one pass at the speed of `memchr`, which is why lines are looked for with it.
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start < self.count else { return nil }
        return unsafe self.withUnsafeBufferPointer { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), bytes.count - start)
            else { return nil }
            return unsafe found - UnsafeMutableRawPointer(mutating: base)
        }
    }

    /// Where `byte` next stands in `start..<end`; `nil` when it does not.
    package func firstIndex(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        precondition(start >= 0 && end <= self.count, "a scan stays inside its bytes")
        guard start < end else { return nil }
        return unsafe self.withUnsafeBufferPointer { bytes -> Int? in
            guard let base = bytes.baseAddress, let found = unsafe memchr(base + start, Int32(byte), end - start)
            else { return nil }
            return unsafe found - UnsafeMutableRawPointer(mutating: base)
        }
    }

    /// Where the next CRLF begins at or after `start`; `nil` when none is complete. Bare CRs and LFs are passed over.
    package func firstCRLF(from start: Int = 0) -> Int? {
        var position = start
        while let lineFeed = self.firstIndex(of: ASCII.lineFeed, from: position) {
            if lineFeed > start && self[lineFeed - 1] == ASCII.carriageReturn { return lineFeed - 1 }
            position = lineFeed + 1
        }
        return nil
    }

    /// Whether every CR is followed by LF and every LF preceded by CR. A trailing CR counts as bare.
    package var hasOnlyCRLF: Bool {
        var position = 0
        while position < self.count {
            let lineFeed = self.firstIndex(of: ASCII.lineFeed, from: position) ?? self.count
            let carriageReturn = self.firstIndex(of: ASCII.carriageReturn, from: position, to: lineFeed)
            if lineFeed == self.count { return carriageReturn == nil }
            guard carriageReturn == lineFeed - 1 else { return false }
            position = lineFeed + 1
        }
        return true
    }

    /// How many octets these are when all lines end in CRLF: each bare LF has its CR, and the last line its end.
    package var octetsInCRLFLines: Int {
        var octets = self.count
        var position = 0
        while let lineFeed = self.firstIndex(of: ASCII.lineFeed, from: position) {
            if lineFeed == 0 || self[lineFeed - 1] != ASCII.carriageReturn { octets += 1 }
            position = lineFeed + 1
        }
        return position < self.count ? octets + 2 : octets
    }

    /// Whether a line begins with a dot, so that SMTP and POP3 must stuff it.
    package var hasDotLine: Bool {
        guard self.count > 0 else { return false }
        if self[0] == ASCII.dot { return true }
        var position = 0
        while let lineFeed = self.firstIndex(of: ASCII.lineFeed, from: position) {
            position = lineFeed + 1
            if position < self.count && self[position] == ASCII.dot { return true }
        }
        return false
    }

    /// Whether these bytes are `text` but for the case of ASCII letters; `text` must be given in capitals.
    package func equalsIgnoringCase(_ text: StaticString, from start: Int, to end: Int) -> Bool {
        guard end - start == text.utf8CodeUnitCount else { return false }
        for index in 0..<(end - start) {
            let expected = unsafe text.utf8Start[index]
            if ASCII.uppercased(self[start + index]) != expected { return false }
        }
        return true
    }
}

extension ByteBuffer {
    /// How many readable bytes stand before the next LF; `nil` when there is none.
    ///
    /// - Parameter offset: readable bytes known to hold no LF, so that a growing line is not scanned again.
    package func octetsBeforeLineFeed(from offset: Int = 0) -> Int? {
        self.readableBytesUInt8Span.firstIndex(of: ASCII.lineFeed, from: offset)
    }

    /// Appends a span's bytes with one copy.
    package mutating func writeSpan(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { _ = unsafe self.writeBytes($0) }
    }

    /// Appends `range` of a span's bytes with one copy.
    package mutating func writeSpan(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a copy stays inside its bytes")
        unsafe bytes.withUnsafeBytes { all in
            _ = unsafe self.writeBytes(UnsafeRawBufferPointer(rebasing: all[range]))
        }
    }
}

extension String {
    /// The UTF-8 text in `range`; `nil` when the bytes are not valid UTF-8.
    package init?(validating bytes: Span<UInt8>, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a copy stays inside its bytes")
        let text = unsafe bytes.withUnsafeBufferPointer { all in
            unsafe String(validating: UnsafeBufferPointer(rebasing: all[range]), as: UTF8.self)
        }
        guard let text else { return nil }
        self = text
    }
}
