internal import MailBytes
package import NIOCore

/// Reads a filter's verdict from the header field that the filter leaves: `X-Spam-Score: 7.3`, `X-Spam-Level: *****`.
///
/// The site configures it; ``SieveWorld/spamVerdict`` and ``SieveWorld/virusVerdict`` can be answered with it.
package struct SieveFilterHeader: Sendable {
    package enum Kind: Sendable {
        /// A number, fractions and a sign included.
        case score
        /// As many characters as points.
        case length
        /// Words, each with a value of the test's scale: 1 to 10 for spam, 1 to 5 for viruses.
        case words([String: Int], scale: Int)
    }

    /// A field, and what of it counts: all, or the first group of a regular expression.
    package struct Source: Sendable {
        private let field: HeaderKey
        private let pattern: RegexProgram?

        /// - Parameter text: `Field-Name`, or `Field-Name:pattern`.
        /// - Returns: `nil` when the name is none a field can have, or the pattern is no regular expression.
        package init?(_ text: String) {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            let name = text[..<colon]
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
            self.field = HeaderKey(String(name))
            guard colon < text.endIndex else {
                self.pattern = nil
                return
            }
            let pattern = HeaderIndex.trimmed(Array(text[text.index(after: colon)...].utf8))
            do throws(RegexSyntaxError) {
                self.pattern = try RegexProgram(pattern, comparator: .octet, limits: SieveLimits())
            } catch {
                return nil
            }
        }

        fileprivate func value(in header: HeaderIndex) -> String? {
            guard let place = header.next(self.field) else { return nil }
            let text = header.text(at: place)
            guard let pattern = self.pattern else { return String(decoding: text, as: UTF8.self) }
            var steps = 0
            let stepsMax = SieveLimits().regexStepsMax
            guard let found = pattern.match(text, capturing: true, steps: &steps, stepsMax: stepsMax) else {
                return nil
            }
            return String(decoding: text[found.count > 1 ? found[1] : found[0]], as: UTF8.self)
        }
    }

    package var status: Source
    package var kind: Kind
    /// The highest score, where the message does not tell it.
    package var max: Double?
    /// Where the message tells it.
    package var maxSource: Source?

    package init(status: Source, kind: Kind, max: Double? = nil, maxSource: Source? = nil) {
        self.status = status
        self.kind = kind
        self.max = max
        self.maxSource = maxSource
    }

    /// - Returns: `nil` when the message was not looked at by the filter.
    package func verdict(on message: ByteBuffer) -> SieveFilterVerdict? {
        let header = HeaderIndex(message.slice())
        guard let text = self.status.value(in: header) else { return nil }
        switch self.kind {
        case .words(let words, let scale):
            guard let value = words[text], scale > 1 else { return nil }
            return SieveFilterVerdict(score: Double(value - 1), max: Double(scale - 1))
        case .score:
            guard let score = Self.number(text), let max = self.highest(in: header) else { return nil }
            return SieveFilterVerdict(score: score, max: max)
        case .length:
            guard let max = self.highest(in: header) else { return nil }
            return SieveFilterVerdict(score: Double(text.count), max: max)
        }
    }

    private func highest(in header: HeaderIndex) -> Double? {
        self.maxSource?.value(in: header).flatMap(Self.number) ?? self.max
    }

    private static func number(_ text: String) -> Double? {
        Double(text.hasPrefix(".") ? "0\(text)" : text)
    }
}
