internal import SenderAuth

/// The forms in which header and body are signed: `relaxed/simple`. RFC 6376 §3.5 (c=).
package struct MessageCanonicalization: Codable, Sendable, CustomStringConvertible {
    private var headerName: String
    private var bodyName: String

    package static let relaxed = Self(header: .relaxed, body: .relaxed)

    init(header: Canonicalization, body: Canonicalization) {
        self.headerName = header.rawValue
        self.bodyName = body.rawValue
    }

    /// - Parameter text: `relaxed` or `simple` for the header, a slash, and the same for the body.
    package init(_ text: String) throws(OperationError) {
        let forms = text.split(separator: "/", omittingEmptySubsequences: false)
            .map { Canonicalization(rawValue: $0.lowercased()) }
        guard forms.count == 2, let header = forms[0], let body = forms[1] else {
            throw OperationError("'\(text)' is no canonicalization. Give relaxed/relaxed or simple/simple")
        }
        self.init(header: header, body: body)
    }

    package var description: String { "\(self.headerName)/\(self.bodyName)" }

    var header: Canonicalization { Canonicalization(rawValue: self.headerName) ?? .relaxed }
    var body: Canonicalization { Canonicalization(rawValue: self.bodyName) ?? .relaxed }
}
