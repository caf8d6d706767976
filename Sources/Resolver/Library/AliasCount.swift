/// Counts the aliases in the answer section of a DNS message; `nil` for what is no whole message. RFC 1035 §4.1.
enum AliasCount {
    static func read(_ message: [UInt8]) -> Int? {
        guard message.count >= 12 else { return nil }
        var position = 12
        for _ in 0..<self.number(message, 4) {
            guard let end = self.skipName(message, from: position) else { return nil }
            position = end + 4
        }
        var aliases = 0
        for _ in 0..<self.number(message, 6) {
            guard let end = self.skipName(message, from: position), end + 10 <= message.count else { return nil }
            if self.number(message, end) == 5 { aliases += 1 }
            position = end + 10 + self.number(message, end + 8)
        }
        return position <= message.count ? aliases : nil
    }

    private static func number(_ message: [UInt8], _ position: Int) -> Int {
        Int(message[position]) << 8 | Int(message[position + 1])
    }

    /// Where the name that begins at `position` ends; a pointer ends it.
    private static func skipName(_ message: [UInt8], from position: Int) -> Int? {
        var position = position
        while position < message.count {
            let length = message[position]
            if length == 0 { return position + 1 }
            if length & 0xC0 == 0xC0 { return position + 2 }
            position += 1 + Int(length)
        }
        return nil
    }
}
