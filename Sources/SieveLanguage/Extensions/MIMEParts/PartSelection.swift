internal import MIME
internal import MailBytes

/// Whose header a test looks at. RFC 5703 §4.
enum PartSelection: Sendable {
    /// The message's.
    case message
    /// `:mime`: the part's that the loop is at, or the message's.
    case current
    /// `:mime :anychild`: that and all parts in it.
    case currentAndChildren

    init(_ call: CheckedCall) {
        self = call.has("mime") ? call.has("anychild") ? .currentAndChildren : .current : .message
    }

    /// None when the part that the loop is at is gone.
    func parts(_ run: SieveRun) throws(SieveRunError) -> Range<Int> {
        switch self {
        case .message: return 0..<1
        case .current:
            guard let current = run.currentPart else { return 0..<0 }
            return current..<current + 1
        case .currentAndChildren:
            guard let current = run.currentPart else { return 0..<0 }
            let end = run.message.endOfParts(in: current)
            try run.spend(end - current)
            return current..<end
        }
    }
}

/// What of a content field a header test looks at. RFC 5703 §4.1.
enum ContentAspect: Sendable {
    case type
    case subtype
    case contentType
    case parameters([SieveText])

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        if call.has("type") {
            self = .type
        } else if call.has("subtype") {
            self = .subtype
        } else if call.has("contenttype") {
            self = .contentType
        } else if let names = call.strings(tag: "param") {
            self = .parameters(checker.texts(names))
        } else {
            return nil
        }
    }

    static func isRight(_ call: CheckedCall, _ checker: SieveChecker) -> Bool {
        guard !call.has("mime") else { return true }
        for tag in ["anychild", "type", "subtype", "contenttype", "param"] where call.has(tag) {
            checker.error(at: call.position, "':\(tag)' stands in \(call.title) without ':mime': expected both")
            return false
        }
        return true
    }

    /// Calls `body` with each value in a content field as it was sent, until it returns `true`.
    ///
    /// - Returns: Whether it did.
    func first(
        of raw: [UInt8],
        _ run: SieveRun,
        where body: ([UInt8]) throws(SieveRunError) -> Bool
    ) throws(SieveRunError) -> Bool {
        try run.spend(1 + raw.count / 64)
        let bytes = raw.span
        let type = ContentType.parse(0..<raw.count, in: bytes)
        let disposition = type.type.isEmpty ? ContentDisposition.parse(0..<raw.count, in: bytes) : nil
        switch self {
        case .type:
            let value = disposition?.kind ?? type.type
            return value.isEmpty ? false : try body(value)
        case .subtype:
            if disposition != nil { return try body([]) }
            return type.subtype.isEmpty ? false : try body(type.subtype)
        case .contentType:
            if let disposition { return disposition.kind.isEmpty ? false : try body(disposition.kind) }
            return type.type.isEmpty ? false : try body(type.type + [UInt8(ascii: "/")] + type.subtype)
        case .parameters(let names):
            let parameters = disposition?.parameters ?? type.parameters
            return try Self.first(of: names, in: parameters, run, where: body)
        }
    }

    /// Those of the first name first, each decoded when its turn comes: all of them together would be names times
    /// values large.
    private static func first(
        of names: [SieveText],
        in parameters: [MIMEParameter],
        _ run: SieveRun,
        where body: ([UInt8]) throws(SieveRunError) -> Bool
    ) throws(SieveRunError) -> Bool {
        let folded = parameters.map { ASCIIFold.folded($0.name) }
        for name in names {
            let wanted = ASCIIFold.folded(run.bytes(name))
            try run.spend(1 + parameters.count)
            for (place, parameter) in parameters.enumerated() where Self.isNamed(wanted, folded[place]) {
                try run.spend(parameter.value.count / 64)
                if try body(Array(HeaderText.decode(parameter).utf8)) { return true }
            }
        }
        return false
    }

    /// Whether a parameter's name is that, or that with the star of RFC 2231 §4 behind it; both in lower case.
    private static func isNamed(_ wanted: [UInt8], _ name: [UInt8]) -> Bool {
        guard name.count != wanted.count else { return name == wanted }
        return name.count == wanted.count + 1 && name.last == UInt8(ascii: "*") && name.starts(with: wanted)
    }
}
