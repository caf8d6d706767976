internal import MIME
internal import MailTypes
internal import SenderAuth

/// What reception needs to know of a message's header, from one pass over it.
struct HeaderInspection {
    /// Hosts it came through, without us. RFC 5321 §6.3.
    private(set) var receivedCount = 0
    /// As written between the angle brackets, or the whole value; `nil` when there is none.
    private(set) var messageID: String?
    private(set) var hasDate = false
    private(set) var hasFrom = false
    /// Who the message says it is from, in whatever way it is read.
    private(set) var from: [HeaderAddress] = []
    /// Nobody can say who else a From names.
    private(set) var isFromUnclear = false
    /// A From is empty, or holds nothing but empty groups and empty brackets.
    private(set) var hasFromOfNobody = false
    /// Fields to leave out, whole and in their order: hidden recipients of a user's message, and results in our name.
    private(set) var unwanted: [Range<Int>] = []

    /// - Parameters:
    ///   - start: where the message starts behind what we wrote before it.
    ///   - isSubmission: look also at what is put in order for a user.
    ///   - forgedHost: the name under which only we write results; `nil` when who sends may know of them. RFC 8601 §5.
    init(_ message: Span<UInt8>, from start: Int, isSubmission: Bool, forgedHost: String?) {
        var scanner = HeaderScanner(at: start)
        while let field = scanner.next(in: message) {
            if HeaderName.received.matches(field.name, in: message) {
                self.receivedCount += 1
            } else if HeaderName.messageID.matches(field.name, in: message) {
                if self.messageID == nil { self.messageID = MessageIDField.read(field.value, in: message) }
            } else if let forgedHost, AuthenticationResults.isForged(field, in: message, host: forgedHost) {
                self.unwanted.append(field.whole)
            } else if isSubmission {
                self.noteSubmitted(field, message)
            }
        }
    }

    private mutating func noteSubmitted(_ field: HeaderField, _ message: Span<UInt8>) {
        if HeaderName.date.matches(field.name, in: message) {
            self.hasDate = true
        } else if HeaderName.from.matches(field.name, in: message) {
            self.hasFrom = true
            if let authors = AddressList.parseEverything(field.value, in: message) {
                self.from += authors
                if !authors.contains(where: \.namesSomebody) { self.hasFromOfNobody = true }
            } else {
                self.isFromUnclear = true
            }
        } else if HeaderName.bcc.matches(field.name, in: message)
            || HeaderName.resentBcc.matches(field.name, in: message)
        {
            self.unwanted.append(field.whole)
        }
    }
}

extension HeaderAddress {
    /// The address, when this names one.
    var emailAddress: EmailAddress? {
        guard !self.isBroken, let mailbox = self.mailbox, let domain = self.domain else { return nil }
        return EmailAddress(
            localPart: String(decoding: mailbox, as: UTF8.self),
            domain: Domain(String(decoding: domain, as: UTF8.self))
        )
    }
}
