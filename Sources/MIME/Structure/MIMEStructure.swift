/// A message as a tree of parts, each a pair of ranges into its bytes.
///
/// Any bytes have a structure: what is broken is a part of plain text at worst. RFC 2045, RFC 2046.
///
/// Invariants: part 0 is the message and spans all of it; a child stands after its parent in ``parts`` and inside its
/// body; siblings do not overlap; every range lies inside the message.
package struct MIMEStructure: Sendable {
    /// Parents before children, siblings in order.
    package let parts: [MIMEPart]

    init(parts: [MIMEPart]) {
        self.parts = parts
    }

    /// Reads a message in one pass. Bounds: ``MIMELimits/partsMax``, ``MIMELimits/nestingMax``.
    ///
    /// - Complexity: O(octets).
    package static func parse(_ message: Span<UInt8>) -> MIMEStructure {
        var parser = StructureParser(end: message.count)
        parser.run(over: message)
        return MIMEStructure(parts: parser.parts)
    }

    /// The message itself.
    package var root: MIMEPart { self.parts[0] }

    /// The numbers of a part's children in order.
    package func children(of part: Int) -> [Int] {
        var children: [Int] = []
        var next = self.parts[part].firstChild
        while let child = next {
            children.append(child)
            next = self.parts[child].nextSibling
        }
        return children
    }

    /// The child of that number from 0; `nil` when there are not so many.
    func child(_ index: Int, of part: Int) -> Int? {
        var next = self.parts[part].firstChild
        for _ in 0..<index {
            guard let child = next else { return nil }
            next = self.parts[child].nextSibling
        }
        return next
    }
}
