internal import MailStore
internal import NIOCore

/// Answers made before they are asked for, for a client that fetches its messages one after the other.
struct ReadAhead {
    struct Answer: Sendable {
        let number: Int
        let bytes: ByteBuffer
    }

    /// In order, the next one last.
    private var answers: [Answer] = []
    /// The number that would go on with the sequence.
    private var expected = 1
    /// How many messages in a row were asked for in their order.
    private var run = 0

    var isEmpty: Bool { self.answers.isEmpty }

    /// The answer for a message if it is the next one here. Asking for any other ends the sequence.
    mutating func take(_ number: Int) -> ByteBuffer? {
        guard let next = self.answers.last, next.number == number else {
            self.answers = []
            return nil
        }
        self.answers.removeLast()
        self.expected = number + 1
        return next.bytes
    }

    /// Decides what to read ahead when these messages are fetched: nothing, unless the client has shown that it goes
    /// through its mail in order.
    mutating func plan(after retrievals: [Retrieval], in maildrop: Maildrop) -> [Retrieval] {
        self.answers = []
        for retrieval in retrievals {
            self.run = retrieval.number == self.expected && retrieval.lines == nil ? self.run + 1 : 0
            self.expected = retrieval.number + 1
        }
        guard self.run >= Self.runMin else { return [] }
        var ahead: [Retrieval] = []
        var octets = 0
        while ahead.count < POP3SessionLimits.aheadMessagesMax,
            let entry = maildrop.message(self.expected + ahead.count)
        {
            octets += maildrop.octets(of: entry)
            guard octets <= POP3SessionLimits.aheadOctetsMax else { break }
            ahead.append(Retrieval(number: self.expected + ahead.count, lines: nil).of(entry, in: maildrop))
        }
        return ahead
    }

    mutating func keep(_ answers: [Answer]) {
        self.answers = answers.reversed()
    }

    mutating func drop() {
        self.answers = []
    }

    /// Two in a row are a sequence.
    private static let runMin = 2
}
