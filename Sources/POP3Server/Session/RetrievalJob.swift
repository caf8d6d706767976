internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import Storage

/// One message that a client wants.
struct Retrieval: Hashable, Sendable {
    let number: Int
    /// Lines of the body, for TOP; `nil` for the whole message.
    let lines: Int?
    private(set) var message = StoredMessageID(rawValue: 0)
    private(set) var octets = 0

    init(number: Int, lines: Int?) {
        self.number = number
        self.lines = lines
    }

    /// `nil` for commands that fetch nothing.
    init?(_ command: POP3Command) {
        switch command {
        case .retr(let number): self.init(number: number, lines: nil)
        case .top(let number, let lines): self.init(number: number, lines: lines)
        default: return nil
        }
    }

    /// The same, with what the maildrop knows of the message.
    func of(_ entry: MailboxState.Entry, in maildrop: Maildrop) -> Self {
        var retrieval = self
        retrieval.message = entry.message
        retrieval.octets = maildrop.octets(of: entry)
        return retrieval
    }
}

/// Answers to several RETR and TOP, made piece by piece on a reader lane; complete in itself, so that it can go there.
struct RetrievalJob: Sendable {
    /// What one visit brought.
    struct Piece: Sendable {
        var output = ByteBuffer()
        /// Answers to what was not asked for yet.
        var ahead: [ReadAhead.Answer] = []
        /// The message that could not be read, if there was one; the piece ends with it.
        var unreadable: Unreadable?
        /// A message that was being sent is gone: what was promised cannot be kept.
        var isCutShort = false
        var next: RetrievalJob
    }

    /// A message whose bytes cannot be had, and why.
    struct Unreadable: Sendable {
        let number: Int
        let error: StorageError
    }

    private let requests: [Retrieval]
    private let ahead: [Retrieval]
    private var position = 0
    /// How much of the message at hand has been written, when it is too large for one piece.
    private var text: POP3Text?

    init(_ requests: [Retrieval], ahead: [Retrieval]) {
        self.requests = requests
        self.ahead = ahead
    }

    var isDone: Bool { self.position == self.requests.count }

    var isWithinMessage: Bool { self.text != nil }

    /// Requests that have no complete answer yet.
    var requestsLeft: Int { self.requests.count - self.position }

    /// Numbers of the messages given whole between this moment of the job and a later one.
    func retrievedNumbers(until later: Self) -> [Int] {
        self.requests[self.position..<later.position].compactMap { $0.lines == nil ? $0.number : nil }
    }

    /// Makes answers until they are enough for one write.
    func encode(_ reader: MessageReader) throws -> Piece {
        var piece = Piece(next: self)
        piece.output.reserveCapacity(self.octetsExpected)
        while !piece.next.isDone, piece.output.readableBytes < POP3SessionLimits.batchOctetsMax {
            let mark = piece.output.writerIndex
            let request = piece.next.requests[piece.next.position]
            do {
                guard try piece.next.advance(reader, into: &piece.output) else {
                    piece.isCutShort = true
                    return piece
                }
            } catch let error as StorageError where error.isOfWhatWasRead && !piece.next.isWithinMessage {
                piece.output.moveWriterIndex(to: mark)
                piece.output.writePOP3Reply(.messageUnavailable)
                piece.next.position += 1
                piece.unreadable = Unreadable(number: request.number, error: error)
                return piece
            }
        }
        if piece.next.isDone, piece.output.readableBytes < POP3SessionLimits.batchOctetsMax {
            piece.ahead = self.encodeAhead(reader)
        }
        return piece
    }

    /// How much room the next piece will need, lines' stuffing and status lines included.
    private var octetsExpected: Int {
        var octets = 0
        for request in self.requests[self.position...] {
            octets += request.octets + request.octets / 64 + 64
            if octets >= POP3SessionLimits.batchOctetsMax { return POP3SessionLimits.batchOctetsMax * 5 / 4 }
        }
        return octets
    }

    /// Writes the next answer, or as much of it as a piece may hold.
    ///
    /// - Returns: `false` when a message whose answer had begun is gone.
    private mutating func advance(_ reader: MessageReader, into output: inout ByteBuffer) throws -> Bool {
        let request = self.requests[self.position]
        let begun = self.text
        var text = begun ?? POP3Text(bodyLines: request.lines)
        let isComplete = try reader.withBody(request.message) { bytes in
            if begun == nil { Self.writeStatus(request, into: &output) }
            return text.write(bytes, octetsMax: POP3SessionLimits.batchOctetsMax, into: &output)
        }
        guard let isComplete else {
            if begun != nil { return false }
            output.writePOP3Reply(.messageIsGone)
            self.position += 1
            return true
        }
        self.text = isComplete ? nil : text
        if isComplete { self.position += 1 }
        return true
    }

    /// Up to the first message that is not there or cannot be read: that is told when it is asked for.
    private func encodeAhead(_ reader: MessageReader) -> [ReadAhead.Answer] {
        guard !self.ahead.isEmpty else { return [] }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(self.ahead.reduce(0) { $0 + $1.octets + $1.octets / 64 + 64 })
        var ends: [(number: Int, start: Int, end: Int)] = []
        for request in self.ahead {
            let start = buffer.writerIndex
            var text = POP3Text()
            let isThere: Bool? = try? reader.withBody(request.message) { bytes in
                Self.writeStatus(request, into: &buffer)
                return text.write(bytes, octetsMax: .max, into: &buffer)
            }
            guard isThere != nil else { break }
            ends.append((request.number, start, buffer.writerIndex))
        }
        return ends.compactMap { answer in
            buffer.getSlice(at: answer.start, length: answer.end - answer.start).map {
                ReadAhead.Answer(number: answer.number, bytes: $0)
            }
        }
    }

    private static func writeStatus(_ request: Retrieval, into output: inout ByteBuffer) {
        guard request.lines == nil else {
            output.writeStaticString("+OK\r\n")
            return
        }
        output.writeStaticString("+OK ")
        output.writePOP3Number(request.octets)
        output.writeStaticString(" octets\r\n")
    }
}
