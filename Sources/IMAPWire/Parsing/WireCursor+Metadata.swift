internal import MailBytes

/// Arguments of GETMETADATA and SETMETADATA. RFC 5464 §5.
extension WireCursor {
    ///     getmetadata         = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
    ///     getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
    ///     entries             = entry / "(" entry *(SP entry) ")"
    ///
    /// The examples of RFC 5464 §4.2 have the options behind the mailbox, and clients that learnt from them, too; an
    /// entry begins with a slash, so that both can be told apart.
    package mutating func takeGetMetadata() throws(WireSyntaxError) -> GetMetadataRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            var request = GetMetadataRequest(mailbox: WireMailbox(""), entries: [])
            if cursor.next == UInt8(ascii: "(") {
                try cursor.takeMetadataOptions(&request)
                try cursor.expectSpace()
            }
            request.mailbox = try cursor.takeMailbox()
            try cursor.expectSpace()
            if cursor.next == UInt8(ascii: "("), let first = cursor.peek(1), ASCII.isAlphanumeric(first) {
                try cursor.takeMetadataOptions(&request)
                try cursor.expectSpace()
            }
            guard cursor.skip(UInt8(ascii: "(")) else {
                request.entries = [try cursor.takeEntryName(allowsRoot: true)]
                return request
            }
            repeat {
                guard request.entries.count < IMAPLimits.metadataEntriesMax else {
                    throw cursor.syntaxError(.metadataEntryCount)
                }
                request.entries.append(try cursor.takeEntryName(allowsRoot: true))
            } while cursor.skip(ASCII.space)
            try cursor.expectClose()
            return request
        }
    }

    ///     setmetadata  = "SETMETADATA" SP mailbox SP entry-values
    ///     entry-values = "(" entry-value *(SP entry-value) ")"
    ///     entry-value  = entry SP value
    package mutating func takeSetMetadata() throws(WireSyntaxError) -> SetMetadataRequest {
        try self.whole { cursor throws(WireSyntaxError) in
            var request = SetMetadataRequest(mailbox: try cursor.takeMailbox(), entries: [])
            try cursor.expectSpace()
            try cursor.expectOpen()
            repeat {
                guard request.entries.count < IMAPLimits.metadataEntriesMax else {
                    throw cursor.syntaxError(.metadataEntryCount)
                }
                let name = try cursor.takeEntryName(allowsRoot: false)
                try cursor.expectSpace()
                request.entries.append(MetadataEntry(name: name, value: try cursor.takeMetadataValue()))
            } while cursor.skip(ASCII.space)
            try cursor.expectClose()
            return request
        }
    }

    ///     getmetadata-option = "MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity")
    private mutating func takeMetadataOptions(_ request: inout GetMetadataRequest) throws(WireSyntaxError) {
        try self.expectOpen()
        repeat {
            if self.skipName("MAXSIZE") {
                try self.expectSpace()
                request.octetsMax = try self.takeNumber()
            } else if self.skipName("DEPTH") {
                try self.expectSpace()
                request.depth = try self.takeMetadataDepth()
            } else {
                throw self.syntaxError(.metadataOption)
            }
        } while self.skip(ASCII.space)
        try self.expectClose()
    }

    private mutating func takeMetadataDepth() throws(WireSyntaxError) -> GetMetadataRequest.Depth {
        if self.skipName("0") { return .zero }
        if self.skipName("1") { return .one }
        if self.skipName("INFINITY") { return .infinity }
        throw self.syntaxError(.metadataDepth)
    }

    /// `entry = astring`, in lower case, as its case means nothing. RFC 5464 §3.2.1.
    ///
    /// - Parameter allowsRoot: whether `/private` and `/shared` themselves, which only hold others, will do.
    private mutating func takeEntryName(allowsRoot: Bool) throws(WireSyntaxError) -> String {
        try self.whole { cursor throws(WireSyntaxError) in
            let start = cursor.syntaxError(.metadataEntry)
            let name = try cursor.takeAString().map(ASCII.lowercased)
            guard name.count <= IMAPLimits.metadataEntryOctetsMax, Self.isEntryName(name, allowsRoot: allowsRoot) else {
                throw start
            }
            return String(decoding: name, as: UTF8.self)
        }
    }

    private static func isEntryName(_ name: [UInt8], allowsRoot: Bool) -> Bool {
        let slash = UInt8(ascii: "/")
        let isPlain = name.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "%")
        }
        guard isPlain, name.first == slash, name.last != slash else { return false }
        guard !zip(name, name.dropFirst()).contains(where: { $0 == slash && $1 == slash }) else { return false }
        let isBelow = name.starts(with: "/private/".utf8) || name.starts(with: "/shared/".utf8)
        return isBelow || allowsRoot && (name == Array("/private".utf8) || name == Array("/shared".utf8))
    }

    /// `value = nstring / literal8` (RFC 5464 §5, RFC 3516 §4.4).
    private mutating func takeMetadataValue() throws(WireSyntaxError) -> [UInt8]? {
        try self.whole { cursor throws(WireSyntaxError) in
            guard cursor.skip(UInt8(ascii: "~")) else { return try cursor.takeNString() }
            return try cursor.takeLiteral()
        }
    }
}
