/// A status code such as `5.1.1`: class, subject, detail. RFC 3463 §2.
package struct EnhancedStatus: Hashable, Sendable, CustomStringConvertible {
    /// 2 success, 4 temporary failure, 5 permanent failure.
    package var category: UInt8
    /// 0 to 999.
    package var subject: UInt16
    /// 0 to 999.
    package var detail: UInt16

    package init(_ category: UInt8, _ subject: UInt16, _ detail: UInt16) {
        self.category = category
        self.subject = subject
        self.detail = detail
    }

    /// Reads `5.1.1`; `nil` when the text is anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let category = UInt8(parts[0]), [2, 4, 5].contains(category),
            let subject = UInt16(parts[1]), subject <= 999, let detail = UInt16(parts[2]), detail <= 999
        else { return nil }
        self.init(category, subject, detail)
    }

    package var description: String { "\(self.category).\(self.subject).\(self.detail)" }
}
