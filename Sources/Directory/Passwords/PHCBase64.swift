internal import MailBytes

/// Base64 without padding, as PHC strings hold it.
enum PHCBase64 {
    static func encode(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).prefix { $0 != "=" })
    }

    static func decode(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty, text.utf8.last != 0x3D else { return nil }
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return padding.utf8.count == 3 ? nil : Base64.decode(text + padding)
    }
}
