import MIME
import MailBytes
import NIOCore

/// A message, whatever it is: its parts lie inside it, what is told of it is bounded and can be read, and what we
/// change or say about it does what it is for.
enum MIMEProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let structure = MIMEStructure.parse(input.span)
        try MIMEStructureProperties.check(structure, of: input)
        try MIMEStructureProperties.checkSections(structure, of: input)
        try MIMEStructureProperties.checkFacts(structure, of: input)
        try MIMETextProperties.check(structure, of: input)
        try MIMEBuildingProperties.check(input)
    }
}

/// The tree of parts, and what IMAP is told of it.
enum MIMEStructureProperties {
    /// Parts whose sections are taken one by one.
    private static let partsMax = 40

    /// Octets of ENVELOPE and BODYSTRUCTURE for one of the message: an address of one comma is shown as 43 three times
    /// over, as From, Sender and Reply-To.
    private static let answerFactor = 140

    static func check(_ structure: MIMEStructure, of input: [UInt8]) throws(BrokenProperty) {
        try require(structure.root.whole == 0..<input.count, "part 0 is the whole message")
        try require(structure.parts.count <= MIMELimits.partsMax, "a message has no more parts than the limit")
        var lineFeeds = [0]
        lineFeeds.reserveCapacity(input.count + 1)
        for byte in input { lineFeeds.append(lineFeeds[lineFeeds.count - 1] + (byte == 10 ? 1 : 0)) }
        for (number, part) in structure.parts.enumerated() {
            try require(
                part.header.upperBound <= part.body.lowerBound && part.body.upperBound <= input.count,
                "a part's body follows its header, inside the message"
            )
            try require(part.depth < MIMELimits.nestingMax, "no part is deeper than the limit")
            try require(
                part.bodyLines == lineFeeds[part.body.upperBound] - lineFeeds[part.body.lowerBound],
                "a part's lines are those of its body"
            )
            if let sibling = part.nextSibling {
                try require(
                    structure.parts[sibling].header.lowerBound >= part.body.upperBound,
                    "parts beside each other do not overlap"
                )
            }
            guard let parent = part.parent else { continue }
            let around = structure.parts[parent]
            try require(
                parent < number && part.depth == around.depth + 1 && around.kind != .leaf,
                "a part stands after the one around it"
            )
            try require(
                part.header.lowerBound >= around.body.lowerBound && part.body.upperBound <= around.body.upperBound,
                "a part lies in the body of the one around it"
            )
        }
    }

    // MARK: - Sections

    /// Each part by its number, as FETCH asks for it.
    static func checkSections(_ structure: MIMEStructure, of input: [UInt8]) throws(BrokenProperty) {
        var left = Self.partsMax
        try Self.checkSections(structure, of: input, part: 0, path: [], left: &left)
        for path in [[0], [1, 1, 1, 1], [2, 1], [10_001]] {
            guard let part = structure.part(at: path) else { continue }
            try require(structure.parts.indices.contains(part), "a path names a part there is")
        }
    }

    private static func checkSections(
        _ structure: MIMEStructure,
        of input: [UInt8],
        part: Int,
        path: [Int],
        left: inout Int
    ) throws(BrokenProperty) {
        guard left > 0 else { return }
        left -= 1
        let whole = structure.parts[part]
        try require(structure.part(at: path) == part, "a part is found by its path")
        try require(
            Self.bytes(.whole, path, structure, input) == Array(input[path.isEmpty ? whole.whole : whole.body]),
            "a section is the part's octets"
        )
        if !path.isEmpty {
            try require(
                Self.bytes(.mime, path, structure, input) == Array(input[whole.header]),
                "MIME is the part's header"
            )
        }
        if path.isEmpty || whole.kind == .message, let header = structure.range(of: .header, path: path) {
            try Self.checkSelections(header, path, structure, input)
        }
        let parent = whole.kind == .message ? (whole.firstChild ?? part) : part
        guard structure.parts[parent].kind == .multipart else { return }
        for (index, child) in structure.children(of: parent).enumerated() {
            try Self.checkSections(structure, of: input, part: child, path: path + [index + 1], left: &left)
        }
    }

    /// The fields that are named and those that are not make up the header.
    private static func checkSelections(
        _ header: Range<Int>,
        _ path: [Int],
        _ structure: MIMEStructure,
        _ input: [UInt8]
    ) throws(BrokenProperty) {
        let names: [HeaderName] = ["subject", "Content-Type", ""]
        let selected = Self.bytes(.headerFields(names), path, structure, input) ?? []
        let others = Self.bytes(.headerFieldsNot(names), path, structure, input) ?? []
        try require(selected.suffix(2) == [13, 10], "selected fields end in an empty line")
        try require(
            Self.bytes(.headerFieldsNot([]), path, structure, input) == Array(input[header]),
            "all fields but none are the header"
        )
        let missing = header.count - selected.count - others.count
        try require(missing == -2 || missing == -4, "each field is selected or is not")
    }

    private static func bytes(
        _ section: MIMESection,
        _ path: [Int],
        _ structure: MIMEStructure,
        _ input: [UInt8]
    ) -> [UInt8]? {
        var buffer = ByteBuffer()
        guard structure.write(section, path: path, of: input.span, into: &buffer) else { return nil }
        return Array(buffer.readableBytesView)
    }

    // MARK: - Facts

    static func checkFacts(_ structure: MIMEStructure, of input: [UInt8]) throws(BrokenProperty) {
        let facts = MessageFacts.compute(of: input.span, structure: structure)
        let octetsMax = Self.answerFactor * input.count + 1_024
        try require(facts.envelope.readableBytes <= octetsMax, "an envelope is bounded by its message")
        try require(facts.bodyStructure.readableBytes <= octetsMax, "a structure is bounded by its message")
        try require(WireSyntax.isList(facts.envelope), "an envelope is a list")
        try require(WireSyntax.isList(facts.bodyStructure), "a structure is a list")
        try require(facts.headerOctets == structure.root.header.upperBound, "the header ends where the body begins")
        var again = ByteBuffer()
        IMAPEnvelope.write(of: input.span, into: &again)
        try require(again == facts.envelope, "an envelope is the same however it is come by")
        var basic = ByteBuffer()
        IMAPBodyStructure.write(structure, of: input.span, extended: false, into: &basic)
        try require(WireSyntax.isList(basic), "a basic structure is a list")
        try require(basic.readableBytes <= facts.bodyStructure.readableBytes, "extensions add to a structure")
    }
}
