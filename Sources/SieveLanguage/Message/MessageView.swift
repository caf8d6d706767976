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
    private var partHeaders: [Int: HeaderIndex] = [:]
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
    var changeableHeader: HeaderIndex {
        let header = self.header
        guard !self.ownsHeader else { return header }
        let own = HeaderIndex(changing: header)
        self.ownsHeader = true
        self.readHeader = own
        return own
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
    var edition: SieveEdition { self.readHeader?.edition(of: self.base) ?? self.base }

    /// Octets of the message as it is now.
    var octets: Int {
        guard let header = self.readHeader, header.isEdited else { return self.bytes.readableBytes }
        return self.edition.octets
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
        self.partHeaders.removeAll()
        self.texts.removeAll()
    }

    /// The current message in terms of the original, without header changes that are not in ``bytes`` yet.
    var baseEdition: SieveEdition { self.base }

    // MARK: - Parts

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
