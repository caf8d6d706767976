internal import MIME
internal import NIOCore

/// The message as the script sees it at this moment, read no further than its tests ask.
final class MessageView {
    /// The bytes that ``header`` and ``structure`` are of.
    private(set) var bytes: ByteBuffer
    private let message: SieveMessage
    /// ``bytes`` in terms of ``original``.
    private var base: SieveEdition
    /// Whether ``bytes`` are the message as it came.
    private var isOriginal = true
    private var readHeader: HeaderIndex?
    /// Whether ``readHeader`` is this view's own and may be changed.
    private var ownsHeader = false
    private var readStructure: MIMEStructure?
    private var readPartEnds: [Int]?
    private var partHeaders: [Int: HeaderIndex] = [:]
    /// The message with its header changes, put together once until the next change.
    private var edited: (edition: SieveEdition, octets: Int)?
    /// Decoded text of parts, by part number.
    var texts: [Int: [UInt8]] = [:]

    init(_ message: SieveMessage) {
        self.message = message
        self.bytes = message.bytes
        self.base = SieveEdition(originalOctets: message.octets)
    }

    convenience init(_ bytes: ByteBuffer) {
        self.init(SieveMessage(bytes))
    }

    /// The message as it came.
    var original: ByteBuffer { self.message.bytes }

    /// The message's own header.
    var header: HeaderIndex {
        if let header = self.readHeader { return header }
        let header = self.isOriginal ? self.message.header : HeaderIndex(self.bytes)
        self.ownsHeader = !self.isOriginal
        self.readHeader = header
        return header
    }

    /// The same, to add fields to it or to delete some.
    private var changeableHeader: HeaderIndex {
        let header = self.header
        guard !self.ownsHeader else { return header }
        let own = HeaderIndex(changing: header)
        self.ownsHeader = true
        self.readHeader = own
        return own
    }

    /// Adds a field to the message's own header (``HeaderIndex/add(_:nameOctets:atEnd:)``).
    func addField(_ line: [UInt8], nameOctets: Int, atEnd: Bool) {
        self.edited = nil
        self.changeableHeader.add(line, nameOctets: nameOctets, atEnd: atEnd)
    }

    /// Deletes a field of the message's own header.
    func removeField(at index: Int) {
        self.edited = nil
        self.changeableHeader.remove(at: index)
    }

    /// The message's parts; header changes are taken into account.
    var structure: MIMEStructure {
        if let header = self.readHeader, header.isEdited { self.rebase(on: self.edition) }
        if let structure = self.readStructure { return structure }
        let structure =
            self.isOriginal ? self.message.structure : MIMEStructure.parse(self.bytes.readableBytesUInt8Span)
        self.readStructure = structure
        return structure
    }

    /// The message as it is now.
    var edition: SieveEdition { self.withHeaderChanges?.edition ?? self.base }

    /// Octets of the message as it is now.
    var octets: Int { self.withHeaderChanges?.octets ?? self.bytes.readableBytes }

    /// ``edited``; `nil` where ``bytes`` are the message as it is now. Tests of its size and actions ask, and each time
    /// anew it would be a look at every field.
    private var withHeaderChanges: (edition: SieveEdition, octets: Int)? {
        guard let header = self.readHeader, header.isEdited else { return nil }
        if let edited = self.edited { return edited }
        let edition = header.edition(of: self.base)
        let edited = (edition: edition, octets: edition.octets)
        self.edited = edited
        return edited
    }

    /// Takes another edition for the message.
    func rebase(on edition: SieveEdition) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(edition.octets)
        edition.write(self.original, into: &bytes)
        self.bytes = bytes
        self.isOriginal = false
        self.base = edition
        self.readHeader = nil
        self.readStructure = nil
        self.readPartEnds = nil
        self.edited = nil
        self.partHeaders.removeAll()
        self.texts.removeAll()
    }

    /// The current message in terms of the original, without header changes that are not in ``bytes`` yet.
    var baseEdition: SieveEdition { self.base }

    // MARK: - Parts

    /// For each part the number behind the last part inside it: looked for once, and asked at every turn of a loop.
    var partEnds: [Int] {
        let structure = self.structure
        if let ends = self.readPartEnds { return ends }
        let ends = structure.partEnds
        self.readPartEnds = ends
        return ends
    }

    /// The header of a part by its number; part 0 is the message itself.
    func header(of part: Int) -> HeaderIndex {
        guard part > 0 else { return self.header }
        if let header = self.partHeaders[part] { return header }
        let header = HeaderIndex(self.slice(self.structure.parts[part].header))
        self.partHeaders[part] = header
        return header
    }

    func slice(_ range: Range<Int>) -> ByteBuffer {
        self.bytes.getSlice(at: self.bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}
