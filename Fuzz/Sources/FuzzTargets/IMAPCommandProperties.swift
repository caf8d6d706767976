import IMAPWire
import MailBytes
import MailTypes
import NIOCore

/// What was read of a command, written as our responses write it and read again, is the same.
enum IMAPCommandProperties {
    static func check(_ command: IMAPCommand) throws(BrokenProperty) {
        switch command {
        case .select(let request), .examine(let request): try Self.check(request.mailbox)
        case .create(let request): try Self.check(request.mailbox)
        case .delete(let mailbox), .subscribe(let mailbox), .unsubscribe(let mailbox), .status(let mailbox, _):
            try Self.check(mailbox)
        case .rename(let from, let to):
            try Self.check(from)
            try Self.check(to)
        case .list(let request):
            for pattern in request.patterns { try Self.check(pattern, request.reference) }
        case .lsub(let reference, let pattern): try Self.check(pattern, reference)
        case .uidExpunge(let messages): try Self.check(messages)
        case .search(let request): try Self.check(request.key)
        case .fetch(let request):
            try Self.check(request.messages)
            for item in request.items { try Self.check(item) }
        case .store(let request):
            try Self.check(request.messages)
            try Self.check(request.flags)
        case .copy(let request), .move(let request):
            try Self.check(request.messages)
            try Self.check(request.mailbox)
        case .id(let fields): try Self.checkResponse { $0.writeID(fields) }
        case .getMetadata(let request): try Self.check(request)
        case .setMetadata(let request): try Self.check(request)
        case .enable(let names): try Self.checkResponse { $0.writeEnabled(names) }
        case .capability, .noop, .logout, .startTLS, .authenticate, .login, .namespace, .idle, .check, .close,
            .unselect, .expunge:
            break
        }
    }

    static func check(_ request: AppendRequest) throws(BrokenProperty) {
        try Self.check(request.mailbox)
    }

    static func check(_ message: AppendMessage) throws(BrokenProperty) {
        try Self.check(message.flags)
        guard let date = message.internalDate, Self.writableSeconds.contains(date.secondsSince1970) else { return }
        var cursor = Self.cursor { $0.writeDateTime(date) }
        try require((try? cursor.takeDateTime()) == date && cursor.isAtEnd, "a date written again is the same date")
    }

    /// Years 0 to 9999.
    private static let writableSeconds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    // MARK: - Names

    private static func check(_ mailbox: WireMailbox) throws(BrokenProperty) {
        var cursor = Self.cursor { $0.writeMailbox(mailbox.name) }
        try require(
            (try? cursor.takeMailbox()) == mailbox && cursor.isAtEnd,
            "a mailbox's name written again is the same name"
        )
        try Self.checkResponse { $0.writeList(ListResponse(attributes: .hasNoChildren, name: mailbox.name)) }
    }

    private static func check(_ pattern: MailboxPattern, _ reference: String) throws(BrokenProperty) {
        let whole = reference + pattern.text
        for name in ["INBOX", "INBOX/Work", "a/b/c", "Sent", whole] where whole.utf8.count <= 10 {
            try require(
                pattern.matches(name, reference: reference) == PatternOracle.matches(name, whole),
                "a pattern matches what its wildcards say"
            )
        }
        try require(
            !pattern.isLiteral || pattern.matches(WireMailbox(pattern.text).name),
            "a pattern without wildcards matches the mailbox of that name"
        )
        _ = pattern.matches(whole, reference: reference)
    }

    private static func check(_ flags: FlagSelection) throws(BrokenProperty) {
        let names = FlagNames(keywords: flags.keywords)
        var set = flags.system
        for index in flags.keywords.indices.prefix(FlagSet.keywordsMax) { set.insert(.keyword(index)) }
        var cursor = Self.cursor { $0.writeFlagList(set, names) }
        let again = try? cursor.takeFlagList()
        try require(
            again?.system == flags.system && again?.keywords == Array(flags.keywords.prefix(FlagSet.keywordsMax))
                && cursor.isAtEnd,
            "flags written again are the same flags"
        )
    }

    private static func check(_ request: GetMetadataRequest) throws(BrokenProperty) {
        let entries = request.entries.map { MetadataEntry(name: $0, value: nil) }
        try Self.checkResponse { $0.writeMetadata(request.mailbox.name, entries) }
    }

    private static func check(_ request: SetMetadataRequest) throws(BrokenProperty) {
        try Self.checkResponse { $0.writeMetadata(request.mailbox.name, request.entries) }
        var written = ByteBuffer()
        written.writeMetadata(request.mailbox.name, request.entries)
        written.moveReaderIndex(forwardBy: "* METADATA ".utf8.count)
        var cursor = WireCursor(written)
        try require((try? cursor.takeSetMetadata()) == request, "annotations written again are the same annotations")
    }

    // MARK: - Numbers

    private static func check(_ messages: MessageSet) throws(BrokenProperty) {
        guard case .numbers(let set) = messages else { return }
        for highest: UInt32 in [0, 1, 5, 70_000, .max] {
            let resolved = set.resolved(highest: highest)
            try require(resolved.count <= set.ranges.count, "a set resolved has no more ranges than were written")
            for (range, next) in zip(resolved, resolved.dropFirst()) {
                try require(
                    range.upperBound < next.lowerBound && next.lowerBound - range.upperBound > 1,
                    "a set resolved ascends and never touches itself"
                )
            }
            guard let first = resolved.first, resolved.allSatisfy({ $0.count <= 64 }), resolved.count <= 64 else {
                continue
            }
            var cursor = Self.cursor { $0.writeNumberSet(resolved.joined()) }
            let again = try? cursor.takeSequenceSet()
            try require(
                again?.resolved(highest: highest) == resolved && cursor.isAtEnd && first.lowerBound > 0,
                "numbers written as a set are the same numbers"
            )
        }
    }

    // MARK: - Items and keys

    private static func check(_ item: FetchItem) throws(BrokenProperty) {
        guard case .section(let section, let partial, _) = item else { return }
        if let partial {
            let range = partial.range(in: 1_000)
            try require(range.lowerBound >= 0 && range.upperBound <= 1_000, "a partial lies inside its section")
        }
        let body = Array("text".utf8)
        var buffer = ByteBuffer()
        buffer.writeFetchBegin(1)
        buffer.writeFetchSection(section, origin: partial?.origin, body.span)
        buffer.writeFetchSection(section, origin: partial?.origin, nil)
        buffer.writeFetchEnd()
        try require(WireSyntax.isResponse(buffer), "a section's answer is a response")
        var cursor = Self.cursor { $0.writeFetchSection(section, origin: nil, nil) }
        try require(
            (try? cursor.takeFetchItem()) == .section(section, partial: nil, isPeek: false),
            "a section written again is the same section"
        )
    }

    private static func check(_ key: SearchKey, depth: Int = 0) throws(BrokenProperty) {
        try require(depth <= IMAPLimits.searchDepthMax, "a search is no deeper than its limit")
        switch key {
        case .messages(let messages), .uid(let messages): try Self.check(messages)
        case .from(let text), .to(let text), .cc(let text), .bcc(let text), .subject(let text), .body(let text),
            .text(let text), .header(_, let text):
            try Self.checkString(text.bytes)
        case .not(let inner): try Self.check(inner, depth: depth + 1)
        case .or(let left, let right):
            try Self.check(left, depth: depth + 1)
            try Self.check(right, depth: depth + 1)
        case .and(let keys):
            try require(keys.count <= IMAPLimits.searchKeysMax, "a search has no more keys than its limit")
            for inner in keys { try Self.check(inner, depth: depth + 1) }
        default: break
        }
    }

    // MARK: - Strings

    /// Any octets, written as strings.
    static func checkStrings(_ bytes: [UInt8]) throws(BrokenProperty) {
        try Self.checkString(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        var cursor = Self.cursor { $0.writeAString(text) }
        try require(
            (try? cursor.takeAString()) == bytes && cursor.isAtEnd,
            "text written as an atom or string is the same text"
        )
    }

    private static func checkString(_ bytes: [UInt8]) throws(BrokenProperty) {
        var cursor = Self.cursor { $0.writeIMAPString(bytes.span) }
        try require((try? cursor.takeString()) == bytes && cursor.isAtEnd, "octets written as a string are the same")
        try require(cursor.offset <= 2 * bytes.count + 24, "a string is at most twice its octets")
    }

    private static func cursor(_ write: (inout ByteBuffer) -> Void) -> WireCursor {
        var buffer = ByteBuffer()
        write(&buffer)
        return WireCursor(buffer)
    }

    private static func checkResponse(_ write: (inout ByteBuffer) -> Void) throws(BrokenProperty) {
        var buffer = ByteBuffer()
        write(&buffer)
        try require(WireSyntax.isResponse(buffer), "a response is one, whatever the client's words in it")
    }
}

/// Matching by trying everything: slow, and plainly right. RFC 9051 §6.3.9.
private enum PatternOracle {
    static func matches(_ name: String, _ pattern: String) -> Bool {
        // Of the first of these octets case does not count.
        let caseless = name == "INBOX" || name.hasPrefix("INBOX/") ? 5 : 0
        return Self.matches(Array(name.utf8)[...], Array(pattern.utf8)[...], caseless)
    }

    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>, _ caseless: Int) -> Bool {
        guard let symbol = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        guard symbol == UInt8(ascii: "*") || symbol == UInt8(ascii: "%") else {
            let sought = name.startIndex < caseless ? ASCII.uppercased(symbol) : symbol
            return name.first == sought && Self.matches(name.dropFirst(), rest, caseless)
        }
        if Self.matches(name, rest, caseless) { return true }
        guard let next = name.first, symbol == UInt8(ascii: "*") || next != UInt8(ascii: "/") else { return false }
        return Self.matches(name.dropFirst(), pattern, caseless)
    }
}
