internal import MailBytes
package import NIOCore

/// What of a part BODY[…] asks for. RFC 9051 §6.4.5.1.
package enum MIMESection: Hashable, Sendable {
    /// `BODY[]` and `BODY[1.2]`: the message, or a part's body.
    case whole
    /// `HEADER`: the header of a message, the outermost or an enclosed one.
    case header
    /// `HEADER.FIELDS (…)`: some fields of such a header.
    case headerFields([HeaderName])
    /// `HEADER.FIELDS.NOT (…)`: all fields but some.
    case headerFieldsNot([HeaderName])
    /// `TEXT`: the body of such a message.
    case text
    /// `MIME`: a part's own header.
    case mime
}

extension MIMEStructure {
    /// Finds the part that a path of numbers names.
    ///
    ///     section-part = nz-number *("." nz-number)
    ///
    /// A message that is no multipart has one part, 1: its text.
    ///
    /// - Parameter path: as the client wrote it, from 1; empty for the message itself.
    /// - Returns: The number of the part in ``parts``; `nil` when there is none.
    package func part(at path: [Int]) -> Int? {
        var part = 0
        /// Whether the next number is looked for among the children of `part` or is 1 for `part` itself.
        var isMessage = true
        for number in path {
            guard number >= 1 else { return nil }
            if self.parts[part].kind == .message, !isMessage {
                guard let enclosed = self.parts[part].firstChild else { return nil }
                part = enclosed
                isMessage = true
            }
            if self.parts[part].kind == .multipart {
                guard let child = self.child(number - 1, of: part) else { return nil }
                part = child
            } else {
                guard isMessage, number == 1 else { return nil }
            }
            isMessage = false
        }
        return part
    }

    /// Where the octets that a section names stand; `nil` when the message has no such section.
    ///
    /// For ``MIMESection/headerFields(_:)`` it is the header that the fields are to be taken from, see
    /// ``write(_:path:of:into:)``.
    package func range(of section: MIMESection, path: [Int]) -> Range<Int>? {
        guard let number = self.part(at: path) else { return nil }
        let part = self.parts[number]
        switch section {
        case .whole:
            return path.isEmpty ? part.whole : part.body
        case .mime:
            return path.isEmpty ? nil : part.header
        case .header, .headerFields, .headerFieldsNot:
            return self.message(at: number, isOutermost: path.isEmpty)?.header
        case .text:
            return self.message(at: number, isOutermost: path.isEmpty)?.body
        }
    }

    /// The message that HEADER and TEXT of a part mean: itself, or the one it encloses.
    private func message(at number: Int, isOutermost: Bool) -> MIMEPart? {
        if isOutermost { return self.parts[number] }
        guard self.parts[number].kind == .message else { return nil }
        return self.parts[number].firstChild.map { self.parts[$0] }
    }

    /// Appends the octets of a section.
    ///
    /// - Returns: Whether the message has such a section; else nothing is written.
    package func write(
        _ section: MIMESection,
        path: [Int],
        of message: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) -> Bool {
        guard let range = self.range(of: section, path: path) else { return false }
        switch section {
        case .headerFields(let names):
            HeaderSelection.write(names, isExcluding: false, ofHeaderAt: range, in: message, into: &buffer)
        case .headerFieldsNot(let names):
            HeaderSelection.write(names, isExcluding: true, ofHeaderAt: range, in: message, into: &buffer)
        case .whole, .header, .text, .mime:
            var bytes: [UInt8] = []
            bytes.append(message, range)
            buffer.writeBytes(bytes)
        }
        return true
    }
}

/// Some fields of a header, as HEADER.FIELDS answers them: their lines unchanged, in their order, and an empty line.
///
/// HEADER.FIELDS.NOT has the empty line as the header has it, if it has one, so that naming no field gives the header
/// itself.
package enum HeaderSelection {
    /// - Parameter isExcluding: whether `names` are the fields to leave out.
    package static func write(
        _ names: [HeaderName],
        isExcluding: Bool,
        ofHeaderAt range: Range<Int>,
        in message: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        var bytes: [UInt8] = []
        var scanner = HeaderScanner(at: range.lowerBound)
        var fieldsEnd = range.lowerBound
        while let field = scanner.next(in: message, before: range.upperBound) {
            fieldsEnd = field.whole.upperBound
            let isNamed = names.contains { $0.matches(field.name, in: message) }
            guard isNamed != isExcluding else { continue }
            bytes.append(message, field.whole)
        }
        if isExcluding {
            bytes.append(message, fieldsEnd..<scanner.position)
        } else {
            if let last = bytes.last, last != ASCII.lineFeed {
                bytes.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
            }
            bytes.append(contentsOf: [ASCII.carriageReturn, ASCII.lineFeed])
        }
        buffer.writeBytes(bytes)
    }
}
