internal import MIME
internal import MailBytes

/// An address as tests see it: whole and in its parts. RFC 5228 §2.7.4.
struct SieveAddress {
    /// `local@domain`, the local part quoted where it must be; for what is no address, the text as it stands.
    let all: [UInt8]
    private let parts: Parts

    private enum Parts {
        case none
        /// Before the `@` at this place and behind it; they are taken out when they are asked for.
        case around(Int)
        case apart(localPart: [UInt8], domain: [UInt8]?)
    }

    /// Unquoted; `nil` when this is no address.
    var localPart: [UInt8]? {
        switch self.parts {
        case .none: nil
        case .around(let at): Array(self.all[..<at])
        case .apart(let localPart, _): localPart
        }
    }

    var domain: [UInt8]? {
        switch self.parts {
        case .none: nil
        case .around(let at): Array(self.all[(at + 1)...])
        case .apart(_, let domain): domain
        }
    }

    /// The members of an address field, groups opened and their names left out.
    ///
    /// - Parameter text: the field's whole text, for what cannot be read otherwise.
    static func list(_ range: Range<Int>, in bytes: Span<UInt8>, text: [UInt8]) -> [SieveAddress] {
        if let plain = Self.plainList(range, in: bytes) { return plain }
        let members = AddressList.parse(range, in: bytes)
        guard !members.isEmpty else { return [SieveAddress(all: text)] }
        var addresses: [SieveAddress] = []
        addresses.reserveCapacity(members.count)
        for member in members where !member.isGroupStart && !member.isGroupEnd {
            if let address = Self.valid(member) {
                addresses.append(address)
            } else if members.count == 1 {
                addresses.append(SieveAddress(all: text))
            } else {
                let remains = Self.remains(of: member)
                // What is in no charset that a script could name is passed over.
                if UTF8Text.isValid(remains.span) { addresses.append(SieveAddress(all: remains)) }
            }
        }
        return addresses.isEmpty && members.contains { !$0.isGroupStart && !$0.isGroupEnd }
            ? [SieveAddress(all: text)] : addresses
    }

    /// The pairs of octets that addresses have, whole and in their parts.
    static func pairs(of addresses: [SieveAddress]) -> OctetPairs {
        var pairs = OctetPairs()
        for address in addresses {
            pairs.insert(address.all.span)
            // An unquoted local part may have pairs that the quoted one has not.
            if let localPart = address.localPart { pairs.insert(localPart.span) }
        }
        return pairs
    }

    private static func valid(_ member: HeaderAddress) -> SieveAddress? {
        guard !member.isBroken, let local = member.mailbox, let domain = member.domain, !local.isEmpty,
            !domain.isEmpty, UTF8Text.isValid(local.span), UTF8Text.isValid(domain.span)
        else { return nil }
        return SieveAddress(localPart: local, domain: domain)
    }

    private init(all: [UInt8]) {
        self.all = all
        self.parts = .none
    }

    /// An address of which nothing needs to be quoted.
    ///
    /// - Parameter at: where the `@` stands.
    init(plain all: [UInt8], at: Int) {
        self.all = all
        self.parts = .around(at)
    }

    /// An address that has no domain.
    init(localOnly: [UInt8]) {
        self.all = localOnly
        self.parts = .apart(localPart: localOnly, domain: nil)
    }

    init(localPart: [UInt8], domain: [UInt8]) {
        self.all = Self.quotedIfNeeded(localPart) + [UInt8(ascii: "@")] + domain
        self.parts = .apart(localPart: localPart, domain: domain)
    }

    private static func remains(of member: HeaderAddress) -> [UInt8] {
        var text = member.mailbox.map { $0.elementsEqual("MISSING_MAILBOX".utf8) ? [] : $0 } ?? []
        if let domain = member.domain, !domain.elementsEqual("MISSING_DOMAIN".utf8) {
            text.append(UInt8(ascii: "@"))
            text.append(contentsOf: domain)
        }
        return text
    }

    private static func quotedIfNeeded(_ localPart: [UInt8]) -> [UInt8] {
        let isPlain = localPart.allSatisfy { byte in
            ASCII.isAlphanumeric(byte) || byte >= 0x80 || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
        }
        if isPlain { return localPart }
        var quoted: [UInt8] = [ASCII.quote]
        for byte in localPart {
            if byte == ASCII.quote || byte == ASCII.backslash { quoted.append(ASCII.backslash) }
            quoted.append(byte)
        }
        quoted.append(ASCII.quote)
        return quoted
    }

    /// Reads a single address as a script or an envelope gives it, with or without a display name.
    ///
    /// - Returns: `nil` when it is none, or more than one.
    static func single(_ text: [UInt8]) -> SieveAddress? {
        let members = AddressList.parse(0..<text.count, in: text.span)
        guard members.count == 1, let address = Self.valid(members[0]) else { return nil }
        // The reader is lenient towards mail; what a script says must be right as a whole.
        guard !Self.hasLooseEnds(text), let domain = address.domain, EnvelopePath.isDomain(domain) else { return nil }
        return address
    }

    /// Unequal angle brackets outside quotes, or a comma.
    private static func hasLooseEnds(_ text: [UInt8]) -> Bool {
        var (isQuoted, open, closed, isEscaped) = (false, 0, 0, false)
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if byte == ASCII.backslash {
                isEscaped = true
            } else if byte == ASCII.quote {
                isQuoted.toggle()
            } else if !isQuoted {
                if byte == UInt8(ascii: "<") { open += 1 }
                if byte == UInt8(ascii: ">") { closed += 1 }
                if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") { return true }
            }
        }
        return isQuoted || open != closed || open > 1
    }
}
