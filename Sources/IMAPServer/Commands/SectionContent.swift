internal import IMAPWire
internal import MIME
internal import NIOCore

/// Where the octets of a section are: as they stand in the message, or made of some of its lines.
enum SectionContent {
    case range(Range<Int>)
    case made(ByteBuffer)
    /// The message has no such part.
    case missing

    /// - Parameter structure: needed for sections that name a part; the others are found without it.
    static func locate(_ wanted: FetchPlan.Section, in bytes: Span<UInt8>, _ structure: MIMEStructure?) -> Self {
        guard wanted.path.isEmpty else {
            guard let structure else { return .missing }
            return Self.locate(wanted, in: bytes, structure)
        }
        switch wanted.content {
        case .whole:
            return .range(0..<bytes.count)
        case .header:
            return .range(0..<HeaderScanner.headerOctets(of: bytes))
        case .text:
            return .range(HeaderScanner.headerOctets(of: bytes)..<bytes.count)
        case .mime:
            return .missing
        case .headerFields(let names):
            return .made(Self.fields(names, isExcluding: false, of: bytes))
        case .headerFieldsNot(let names):
            return .made(Self.fields(names, isExcluding: true, of: bytes))
        }
    }

    private static func locate(
        _ wanted: FetchPlan.Section,
        in bytes: Span<UInt8>,
        _ structure: MIMEStructure
    ) -> Self {
        switch wanted.content {
        case .whole, .header, .text, .mime:
            return structure.range(of: wanted.content, path: wanted.path).map { .range($0) } ?? .missing
        case .headerFields, .headerFieldsNot:
            var made = ByteBuffer()
            let isThere = structure.write(wanted.content, path: wanted.path, of: bytes, into: &made)
            return isThere ? .made(made) : .missing
        }
    }

    private static func fields(_ names: [HeaderName], isExcluding: Bool, of bytes: Span<UInt8>) -> ByteBuffer {
        var made = ByteBuffer()
        HeaderSelection.write(names, isExcluding: isExcluding, ofHeaderAt: 0..<bytes.count, in: bytes, into: &made)
        return made
    }
}

extension MIMESection {
    init(_ text: BodySection.Text) {
        self =
            switch text {
            case .all: .whole
            case .header: .header
            case .headerFields(let names): .headerFields(names.map { HeaderName($0) })
            case .headerFieldsNot(let names): .headerFieldsNot(names.map { HeaderName($0) })
            case .text: .text
            case .mime: .mime
            }
    }
}
