internal import MIME
package import NIOCore

/// What a script did to a message between two of its editions.
package enum SieveChange: Hashable, Sendable {
    /// The field's value, folds included.
    case addedField(name: String, value: String)
    case deletedField(name: String, value: String)
    /// The body is another, or what its octets mean: `replace` or `enclose`.
    case changedBody

    /// One line: `addheader "X-Seen": yes`.
    package var summary: String {
        switch self {
        case .addedField(let name, let value): "addheader \"\(name)\": \(Self.singleLine(value))"
        case .deletedField(let name, let value): "deleteheader \"\(name)\": \(Self.singleLine(value))"
        case .changedBody: "the body is replaced or enclosed"
        }
    }

    private static func singleLine(_ value: String) -> String {
        value.split(whereSeparator: \.isNewline).joined()
    }
}

extension SieveResult {
    /// What changed from one edition to another, deletions first. A field whose place alone changed is no change.
    ///
    /// - Parameters:
    ///   - earlier: a place in ``editions``, as `later` is.
    ///   - message: as it came.
    package func changes(from earlier: Int, to later: Int, of message: ByteBuffer) -> [SieveChange] {
        guard earlier != later else { return [] }
        let old = EditionFields(self.editions[earlier], of: message)
        let new = EditionFields(self.editions[later], of: message)
        let deleted = old.fields(missingIn: new).map { SieveChange.deletedField(name: $0.name, value: $0.value) }
        let added = new.fields(missingIn: old).map { SieveChange.addedField(name: $0.name, value: $0.value) }
        return deleted + added + (old.body == new.body ? [] : [.changedBody])
    }
}

/// An edition's header fields one by one, and its body.
private struct EditionFields {
    struct Field: Hashable {
        var name: String
        var value: String
    }

    private(set) var fields: [Field] = []
    let body: ByteBufferView

    init(_ edition: SieveEdition, of message: ByteBuffer) {
        var buffer = ByteBuffer()
        edition.write(message, into: &buffer)
        let bytes = buffer.readableBytesUInt8Span
        var scanner = HeaderScanner()
        while let field = scanner.next(in: bytes) {
            self.fields.append(Field(name: Self.text(field.name, buffer), value: Self.text(field.value, buffer)))
        }
        self.body = buffer.readableBytesView.dropFirst(scanner.position)
    }

    private static func text(_ range: Range<Int>, _ buffer: ByteBuffer) -> String {
        buffer.getString(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ""
    }

    /// Fields that the other has not, or has less often.
    func fields(missingIn other: Self) -> [Field] {
        var counts: [Field: Int] = [:]
        for field in other.fields { counts[field, default: 0] += 1 }
        return self.fields.filter { field in
            guard let count = counts[field], count > 0 else { return true }
            counts[field] = count - 1
            return false
        }
    }
}
