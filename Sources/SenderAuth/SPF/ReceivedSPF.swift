internal import MailBytes
internal import MailTypes

/// The Received-SPF field that tells later readers what was found. RFC 7208 §9.1.
package enum ReceivedSPF {
    /// - Returns: the field with its last CRLF.
    package static func field(_ result: SPFResult, _ request: SPFRequest) -> [UInt8] {
        var field = FoldedField("Received-SPF")
        field.add(result.verdict.rawValue)
        field.add("(\(Self.comment(request.receiver)): \(Self.comment(result.reason)))")
        field.add("client-ip=\(request.client);")
        if let mailFrom = request.mailFrom { field.add("envelope-from=\(HeaderToken.quoted(mailFrom.description));") }
        field.add("helo=\(HeaderToken.quoted(request.helo));")
        field.add("receiver=\(HeaderToken.quoted(request.receiver));")
        field.add("identity=\(result.identity.rawValue)")
        return field.finish()
    }

    /// What would end the comment or the line becomes a question mark.
    private static func comment(_ text: String) -> String {
        let kept = HeaderToken.cut(text).utf8
        return String(
            decoding: kept.map { Array("()\\".utf8).contains($0) || ASCII.isControl($0) ? 0x3F : $0 },
            as: UTF8.self
        )
    }
}
