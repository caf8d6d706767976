/// Where a header's fields that an envelope is made of stand: all address fields of a name, the last of the others.
struct EnvelopeFields {
    private(set) var date: Range<Int>?
    private(set) var subject: Range<Int>?
    private(set) var from: [Range<Int>] = []
    private(set) var sender: [Range<Int>] = []
    private(set) var replyTo: [Range<Int>] = []
    private(set) var to: [Range<Int>] = []
    private(set) var cc: [Range<Int>] = []
    private(set) var bcc: [Range<Int>] = []
    private(set) var inReplyTo: Range<Int>?
    private(set) var messageID: Range<Int>?
    /// Received fields: no part of the envelope, but met on the way.
    private(set) var receivedCount = 0

    /// Reads at most ``MIMELimits/fieldsMax`` fields.
    init(ofHeaderAt start: Int, before end: Int, in bytes: Span<UInt8>) {
        var scanner = HeaderScanner(at: start)
        var count = 0
        while count < MIMELimits.fieldsMax, let field = scanner.next(in: bytes, before: end) {
            count += 1
            self.note(field, in: bytes)
        }
    }

    private mutating func note(_ field: HeaderField, in bytes: Span<UInt8>) {
        let name = field.name
        switch name.count {
        case 2:
            if HeaderName.to.matches(name, in: bytes) {
                self.to.append(field.value)
            } else if HeaderName.cc.matches(name, in: bytes) {
                self.cc.append(field.value)
            }
        case 3:
            if HeaderName.bcc.matches(name, in: bytes) { self.bcc.append(field.value) }
        case 4:
            if HeaderName.from.matches(name, in: bytes) {
                self.from.append(field.value)
            } else if HeaderName.date.matches(name, in: bytes) {
                self.date = field.value
            }
        case 6:
            if HeaderName.sender.matches(name, in: bytes) { self.sender.append(field.value) }
        case 7:
            if HeaderName.subject.matches(name, in: bytes) { self.subject = field.value }
        case 8:
            if HeaderName.received.matches(name, in: bytes) {
                self.receivedCount += 1
            } else if HeaderName.replyTo.matches(name, in: bytes) {
                self.replyTo.append(field.value)
            }
        case 10:
            if HeaderName.messageID.matches(name, in: bytes) { self.messageID = field.value }
        case 11:
            if HeaderName.inReplyTo.matches(name, in: bytes) { self.inReplyTo = field.value }
        default:
            break
        }
    }
}
