internal import MailBytes

/// Header text made readable: unfolded, encoded words decoded, bare 8-bit bytes given their likeliest meaning.
///
/// It always answers: what cannot be decoded stays as it was sent. RFC 2047 §6; RFC 6532 §3.
package enum HeaderText {
    /// - Parameter value: a field's value, folds included; at most ``MIMELimits/fieldOctetsMax`` of it are read.
    package static func decode(_ value: Span<UInt8>) -> String {
        Self.decode(0..<value.count, in: value)
    }

    /// The same for a stretch of a message.
    package static func decode(_ value: Range<Int>, in bytes: Span<UInt8>) -> String {
        let end = min(value.upperBound, value.lowerBound + MIMELimits.fieldOctetsMax)
        var decoder = Decoder()
        var index = value.lowerBound
        while index < end {
            if bytes[index] == UInt8(ascii: "="), let word = EncodedWord.parse(bytes, at: index, before: end) {
                decoder.add(word)
                index = word.end
            } else {
                decoder.add(bytes[index])
                index += 1
            }
        }
        decoder.finish()
        return decoder.text
    }

    /// The value of an RFC 2231 parameter, or of one that mailers wrongly gave an encoded word.
    package static func decode(_ parameter: MIMEParameter) -> String {
        guard parameter.name.last == UInt8(ascii: "*") else { return Self.decode(parameter.value.span) }
        let pieces = parameter.value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3 else { return Self.decode(parameter.value.span) }
        let decoded = Self.percentDecoded(pieces[2])
        return Charset.decode(decoded.span, named: String(decoding: pieces[0], as: UTF8.self))
    }

    private static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex,
                let high = QuotedPrintable.value(of: text[index + 1]),
                let low = QuotedPrintable.value(of: text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    /// Gathers plain bytes and encoded words; blanks between two encoded words vanish, and words of one charset are
    /// joined before they are converted, as some mailers cut characters in two.
    private struct Decoder {
        var text = ""
        private var plain: [UInt8] = []
        private var encoded: [UInt8] = []
        private var charset: String?

        mutating func add(_ byte: UInt8) {
            if byte == ASCII.carriageReturn || byte == ASCII.lineFeed { return }
            self.plain.append(byte == ASCII.tab || byte == 0 ? ASCII.space : byte)
        }

        mutating func add(_ word: EncodedWord) {
            let isAdjacent = self.charset != nil && self.plain.allSatisfy { $0 == ASCII.space }
            if isAdjacent {
                self.plain.removeAll(keepingCapacity: true)
                if self.charset?.lowercased() != word.charset.lowercased() { self.flushEncoded() }
            } else {
                self.flushEncoded()
                self.flushPlain()
            }
            self.charset = word.charset
            self.encoded.append(contentsOf: word.bytes)
        }

        mutating func finish() {
            self.flushEncoded()
            self.flushPlain()
        }

        private mutating func flushEncoded() {
            guard let charset = self.charset else { return }
            let decoded = Charset.decode(self.encoded.span, named: charset)
            // An encoded line end would let a name forge a header line in whatever prints it.
            self.text.unicodeScalars.append(
                contentsOf: decoded.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
            )
            self.encoded.removeAll(keepingCapacity: true)
            self.charset = nil
        }

        private mutating func flushPlain() {
            self.text += Charset.decodeUnlabelled(self.plain.span)
            self.plain.removeAll(keepingCapacity: true)
        }
    }
}
