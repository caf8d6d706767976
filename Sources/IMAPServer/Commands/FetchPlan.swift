internal import IMAPWire
internal import MIME
internal import MailStore
internal import MailTypes

/// What a FETCH has to look at, sorted by where it lies.
struct FetchPlan: Sendable {
    /// A section of the message, and whether it is asked for by one of the old `RFC822` names.
    struct Section: Sendable {
        var item: FetchItem
        var section: BodySection
        var partial: FetchPartial?
        /// The same section in the words of `MIME`.
        var content: MIMESection
        var path: [Int]

        /// Where it is can be said without looking at the message.
        var isWholeMessage: Bool { self.content == .whole && self.path.isEmpty }

        /// What is asked for of it, where all of it is at `whole`.
        func range(in whole: Range<Int>) -> Range<Int> {
            guard let part = self.partial?.range(in: whole.count) else { return whole }
            return whole.lowerBound + part.lowerBound..<whole.lowerBound + part.upperBound
        }
    }

    /// What may be new of a message the client knows.
    enum News {
        case flags
        /// For a client that knows the flags already. RFC 7162 §3.1.3.
        case modSeq
    }

    var wantsUID: Bool
    var wantsFlags = false
    var wantsModSeq: Bool
    var wantsSize = false
    /// What the store keeps beside the message.
    var wantsInternalDate = false
    var wantsEnvelope = false
    var wantsBodyStructure = false
    /// `BODY` is made from the message itself; it is hardly ever asked for.
    var wantsBody = false
    var sections: [Section] = []
    var setsSeen = false
    let changedSince: ModSeq?

    init(_ request: FetchRequest) {
        self.wantsUID = request.numbering == .uid
        self.wantsModSeq = request.changedSince != nil
        self.changedSince = request.changedSince
        for item in request.items { self.add(item) }
    }

    /// What is told of messages unasked: the flags they have now, or no more than that they changed.
    init(news: News, wantsUID: Bool) {
        self.wantsUID = wantsUID
        self.wantsFlags = news == .flags
        self.wantsModSeq = news == .modSeq
        self.changedSince = nil
    }

    private mutating func add(_ item: FetchItem) {
        if item.setsSeen { self.setsSeen = true }
        switch item {
        case .uid: self.wantsUID = true
        case .flags: self.wantsFlags = true
        case .modSeq: self.wantsModSeq = true
        case .internalDate: self.wantsInternalDate = true
        case .rfc822Size: self.wantsSize = true
        case .envelope: self.wantsEnvelope = true
        case .bodyStructure: self.wantsBodyStructure = true
        case .body: self.wantsBody = true
        case .rfc822: self.add(item, BodySection(text: .all))
        case .rfc822Header: self.add(item, BodySection(text: .header))
        case .rfc822Text: self.add(item, BodySection(text: .text))
        case .section(let section, let partial, _): self.add(item, section, partial)
        }
    }

    /// The same item twice is answered once.
    private mutating func add(_ item: FetchItem, _ section: BodySection, _ partial: FetchPartial? = nil) {
        if self.sections.contains(where: { $0.item == item }) { return }
        self.sections.append(
            Section(
                item: item,
                section: section,
                partial: partial,
                content: MIMESection(section.text),
                path: section.part.map(Int.init)
            )
        )
    }

    /// Answered from memory: no message is looked at.
    var needsStore: Bool { self.needsRow || self.needsBytes }

    var needsRow: Bool {
        self.wantsInternalDate || self.wantsEnvelope || self.wantsBodyStructure
    }

    /// Whether the message's own bytes are read.
    var needsBytes: Bool { self.wantsBody || !self.sections.isEmpty }

    /// The columns of the store to read.
    var fields: MessageFields {
        var fields: MessageFields = [.facts]
        if self.wantsEnvelope { fields.insert(.envelope) }
        if self.wantsBodyStructure { fields.insert(.bodyStructure) }
        return fields
    }

    /// Whether a section asks for more than the top header or the bytes as they stand.
    var needsStructure: Bool {
        self.wantsBody || self.sections.contains { !$0.section.part.isEmpty }
    }
}
