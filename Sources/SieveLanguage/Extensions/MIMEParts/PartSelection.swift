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

    func parts(_ run: SieveRun) throws(SieveRunError) -> Range<Int> {
        switch self {
        case .message: return 0..<1
        case .current:
            let current = run.loops.last?.part ?? 0
            return current..<current + 1
        case .currentAndChildren:
            let current = run.loops.last?.part ?? 0
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

    /// The values in a content field as it was sent.
    func values(of raw: [UInt8], _ run: SieveRun) -> [[UInt8]] {
        let bytes = raw.span
        let type = ContentType.parse(0..<raw.count, in: bytes)
        let disposition = type.type.isEmpty ? ContentDisposition.parse(0..<raw.count, in: bytes) : nil
        switch self {
        case .type:
            if let disposition { return disposition.kind.isEmpty ? [] : [disposition.kind] }
            return type.type.isEmpty ? [] : [type.type]
        case .subtype:
            if disposition != nil { return [[]] }
            return type.subtype.isEmpty ? [] : [type.subtype]
        case .contentType:
            if let disposition { return disposition.kind.isEmpty ? [] : [disposition.kind] }
            return type.type.isEmpty ? [] : [type.type + [UInt8(ascii: "/")] + type.subtype]
        case .parameters(let names):
            let parameters = disposition?.parameters ?? type.parameters
            return names.flatMap { name in
                let wanted = ASCIIFold.folded(run.bytes(name))
                return parameters.filter { Self.isNamed(wanted, $0) }.map { Array(HeaderText.decode($0).utf8) }
            }
        }
    }

    private static func isNamed(_ wanted: [UInt8], _ parameter: MIMEParameter) -> Bool {
        let name = ASCIIFold.folded(parameter.name)
        return name == wanted || name == wanted + [UInt8(ascii: "*")]
    }
}
