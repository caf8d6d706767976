internal import MIME
internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// The envelope that a stored message came in, so far as the lines that its delivery left tell.
enum StoredEnvelope {
    /// The sender of `Return-Path`, else the author; the recipient in the first `Received … for <…>` where it is one
    /// of the owner's, with its detail, else the account. RFC 5321 §4.4.
    static func envelope(of message: ByteBuffer, owner: StoredFiling.Owner, separators: String) -> SieveEnvelope {
        var envelope = SieveEnvelope(guessedFrom: message)
        envelope.recipient = owner.name
        let bytes = message.readableBytesUInt8Span
        var scanner = HeaderScanner()
        var isPathRead = false
        while let field = scanner.next(in: bytes) {
            switch Self.text(field.name, of: message).lowercased() {
            case "return-path" where !isPathRead:
                isPathRead = true
                let path = Self.text(field.value, of: message).trimmingBlanks()
                if path == "<>" {
                    envelope.sender = ""
                } else if let address = EmailAddress(text: String(path.dropFirst().dropLast())) {
                    envelope.sender = address.description
                }
            case "received":
                if let recipient = Self.recipient(in: Self.text(field.value, of: message), of: owner, separators) {
                    envelope.recipient = recipient
                }
                return envelope
            default: continue
            }
        }
        return envelope
    }

    private static func recipient(
        in received: String,
        of owner: StoredFiling.Owner,
        _ separators: String
    ) -> String? {
        guard let start = received.firstRange(of: "for <")?.upperBound,
            let end = received[start...].firstIndex(of: ">"),
            let address = EmailAddress(text: String(received[start..<end]))
        else { return nil }
        let own = ([owner.name] + owner.addresses).compactMap { EmailAddress(text: $0) }
        let isOwn = own.contains { own in
            guard own.domain == address.domain else { return false }
            let (whole, local) = (address.localPart.lowercased(), own.localPart.lowercased())
            guard whole.hasPrefix(local) else { return false }
            return whole.dropFirst(local.count).first.map(separators.contains) ?? true
        }
        return isOwn ? address.description : nil
    }

    private static func text(_ range: Range<Int>, of message: ByteBuffer) -> String {
        message.getString(at: message.readerIndex + range.lowerBound, length: range.count) ?? ""
    }
}

extension StringProtocol where SubSequence == Substring {
    func trimmingBlanks() -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = self[...].drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
