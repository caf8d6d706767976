internal import MIME
internal import MailBytes
internal import NIOCore

/// Replaces the part at hand, or the whole message's content. RFC 5703 §5.
///
/// A replaced message keeps its header but for the content fields; where Subject or From change, the old ones
/// are kept as Original-Subject and Original-From.
final class ReplaceCommand: CheckedCommand {
    let position: SievePosition
    private let replacement: SieveText
    private let isMIME: Bool
    private let subject: SieveText?
    private let from: SieveText?
    var name: String { "replace" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.replacement = checker.text(call.string(0))
        self.isMIME = call.has("mime")
        self.subject = call.string(tag: "subject").map(checker.text)
        self.from = call.string(tag: "from").map(checker.text)
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var entity = OutgoingMessage()
        let text = run.bytes(self.replacement)
        if self.isMIME {
            entity.append(entity: text)
        } else {
            entity.append(text: text)
        }
        guard let part = run.currentPart else {
            run.trace { "the part to replace is gone" }
            return .next
        }
        let edition =
            part == 0 ? self.message(with: entity.bytes, run) : run.message.replacing(part, with: entity.bytes)
        try run.takeEdition(edition)
        run.trace { "replace part \(part)" }
        return .next
    }

    private func message(with entity: [UInt8], _ run: SieveRun) -> SieveEdition {
        var header = HeaderRewrite(run.message)
        header.removeContentFields()
        if let subject = self.subject {
            header.rename("subject", to: "Original-Subject")
            header.add("Subject", run.string(subject))
        }
        if let from = self.from {
            header.rename("from", to: "Original-From")
            header.add(mailbox: run.string(from), as: "From")
        }
        header.add("MIME-Version", "1.0")
        var edition = header.edition
        edition.append(entity)
        return edition
    }
}

/// Puts the message into a new one, behind a text. RFC 5703 §6.
final class EncloseCommand: CheckedCommand {
    let position: SievePosition
    private let text: SieveText
    private let subject: SieveText?
    private let headers: [SieveText]
    var name: String { "enclose" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.text = checker.text(call.string(0))
        self.subject = call.string(tag: "subject").map(checker.text)
        self.headers = checker.texts(call.strings(tag: "headers") ?? [])
    }

    func run(_ run: SieveRun) throws(SieveRunError) -> SieveFlow {
        var header = HeaderRewrite(run.message)
        header.removeContentFields()
        if let subject = self.subject {
            _ = header.remove("subject")
            header.add("Subject", run.string(subject))
        }
        for text in self.headers {
            let field = run.string(text)
            // It is kept until all are there, and so paid for before the next.
            try run.spend(1 + field.utf8.count / 16)
            guard let colon = field.firstIndex(of: ":"), HeaderKey.isFieldName(Array(field[..<colon].utf8)) else {
                throw run.error(.value, quoting: field) { "\($0) is no header field to add" }
            }
            let value = HeaderIndex.trimmed(Array(field[field.index(after: colon)...].utf8))
            try run.spend(header.remove(field[..<colon].lowercased()))
            header.add(String(field[..<colon]), String(decoding: value, as: UTF8.self))
        }
        header.add("MIME-Version", "1.0")
        let boundary = Self.boundary(for: run.message)
        header.add("Content-Type", "multipart/mixed; boundary=\"\(boundary)\"")
        // Neither may be encoded otherwise than it is. RFC 2045 §6.4.
        let isEightBit = run.message.bytes.readableBytesView.contains { $0 >= 0x80 }
        if isEightBit { header.add("Content-Transfer-Encoding", "8bit") }
        var edition = header.edition
        var first = OutgoingMessage()
        first.append(Array("\r\n--\(boundary)\r\n".utf8))
        first.append(text: run.bytes(self.text))
        first.append(Array("\r\n--\(boundary)\r\nContent-Type: message/rfc822\r\n".utf8))
        if isEightBit { first.add("Content-Transfer-Encoding", "8bit") }
        first.append(Array("Content-Disposition: attachment\r\n\r\n".utf8))
        edition.append(first.bytes)
        edition.append(run.message.edition)
        edition.append(Array("\r\n--\(boundary)--\r\n".utf8))
        try run.takeEdition(edition)
        run.trace { "enclose" }
        return .next
    }

    /// A boundary that does not stand in the message. One look at it is enough, however many of the kind a sender put
    /// there.
    private static func boundary(for message: MessageView) -> String {
        let bytes = Array(message.bytes.readableBytesView)
        let head = Array("=_enclosed_\(bytes.count)_".utf8)
        var taken: Set<Int> = []
        for start in bytes.indices where bytes[start] == head[0] && bytes[start...].starts(with: head) {
            let digits = bytes[(start + head.count)...].prefix(10).prefix(while: ASCII.isDigit)
            if let number = Int(String(decoding: digits, as: UTF8.self)) { taken.insert(number) }
        }
        // The underscore ends the number, so that no boundary is the beginning of another. RFC 2046 §5.1.2.
        let number = (0...taken.count).first { !taken.contains($0) } ?? 0
        return String(decoding: head, as: UTF8.self) + "\(number)_"
    }
}

extension SieveRun {
    fileprivate func takeEdition(_ edition: SieveEdition) throws(SieveRunError) {
        guard edition.octets <= self.limits.editedMessageOctetsMax else {
            throw self.error(.limit, "the message grows beyond \(self.limits.editedMessageOctetsMax) octets")
        }
        // Its parts are looked for anew, which takes longer than comparing.
        try self.spend(1 + edition.octets / 16)
        self.message.rebase(on: edition)
    }
}

extension MessageView {
    /// The message with one part, header and body, exchanged.
    fileprivate func replacing(_ part: Int, with entity: [UInt8]) -> SieveEdition {
        let whole = self.structure.parts[part].whole
        let base = self.edition
        var edition = base.slice(0..<whole.lowerBound)
        edition.append(entity.last == ASCII.lineFeed ? Array(entity.dropLast(2)) : entity)
        edition.append(base.slice(whole.upperBound..<base.octets))
        return edition
    }
}

/// A message's header being written anew.
private struct HeaderRewrite {
    private let index: HeaderIndex
    private let base: SieveEdition
    private var added: [UInt8] = []
    private var removed: Set<Int> = []

    init(_ message: MessageView) {
        // Earlier header changes become part of the message first.
        if message.header.isEdited { message.rebase(on: message.edition) }
        self.index = message.header
        self.base = message.baseEdition
    }

    mutating func removeContentFields() {
        for (place, name) in self.names() where name.hasPrefix("content-") || name == "mime-version" {
            self.removed.insert(place)
        }
    }

    /// - Returns: How many fields of that name there were, for what it cost to look at them.
    mutating func remove(_ name: String) -> Int {
        let places = self.index.all(HeaderKey(name))
        for place in places { self.removed.insert(place) }
        return places.count
    }

    mutating func rename(_ name: String, to newName: String) {
        for place in self.index.all(HeaderKey(name)) {
            self.add(newName, String(decoding: self.index.text(at: place), as: UTF8.self))
            self.removed.insert(place)
        }
    }

    mutating func add(_ name: String, _ value: String) {
        self.added += HeaderEncoder.field(name, value)
    }

    mutating func add(mailbox: String, as name: String) {
        var message = OutgoingMessage()
        message.add(mailbox: mailbox, as: name)
        self.added += message.bytes
    }

    private func names() -> [(Int, String)] {
        self.index.fields.indices.map { ($0, self.index.name(at: $0)) }
    }

    /// The header without the empty line that ends it.
    var edition: SieveEdition {
        var edition = SieveEdition()
        for (place, field) in self.index.fields.enumerated() where !self.removed.contains(place) {
            edition.append(self.base.slice(field.whole))
        }
        edition.append(self.added)
        return edition
    }
}
