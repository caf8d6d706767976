internal import MailBytes

/// A header field's name as it is looked for: `Subject` finds `SUBJECT` and `subject`.
package struct HeaderName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// In lower case.
    let bytes: [UInt8]

    package init(_ name: some Sequence<UInt8>) {
        self.bytes = name.map(ASCII.lowercased)
    }

    package init(_ name: String) {
        self.init(name.utf8)
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }

    package var description: String { String(decoding: self.bytes, as: UTF8.self) }

    /// Whether the bytes of `range` are this name.
    @inline(__always)
    package func matches(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        guard range.count == self.bytes.count else { return false }
        for index in 0..<self.bytes.count
        where ASCII.lowercased(bytes[range.lowerBound + index]) != self.bytes[index] {
            return false
        }
        return true
    }
}

/// The names this module itself looks for.
extension HeaderName {
    package static let bcc: Self = "Bcc"
    package static let cc: Self = "Cc"
    package static let contentDescription: Self = "Content-Description"
    package static let contentDisposition: Self = "Content-Disposition"
    package static let contentID: Self = "Content-ID"
    package static let contentLanguage: Self = "Content-Language"
    package static let contentLocation: Self = "Content-Location"
    package static let contentMD5: Self = "Content-MD5"
    package static let contentTransferEncoding: Self = "Content-Transfer-Encoding"
    package static let contentType: Self = "Content-Type"
    package static let date: Self = "Date"
    package static let from: Self = "From"
    package static let inReplyTo: Self = "In-Reply-To"
    package static let messageID: Self = "Message-ID"
    package static let mimeVersion: Self = "MIME-Version"
    package static let received: Self = "Received"
    package static let replyTo: Self = "Reply-To"
    package static let resentBcc: Self = "Resent-Bcc"
    package static let sender: Self = "Sender"
    package static let subject: Self = "Subject"
    package static let to: Self = "To"
}
