internal import MailStore
internal import MailTypes
internal import NIOCore
internal import POP3Wire
internal import Sessions

/// RETR and TOP. RFC 1939 §5, §7.
///
/// Messages asked for in one breath are fetched in one visit to a reader lane, and for a client that goes through its
/// mail one by one the next messages are read ahead; most of its commands are then answered from memory.
extension POP3Connection {
    func answerRetrieval(_ retrieval: Retrieval) -> POP3Work? {
        guard let maildrop = self.maildrop, let entry = maildrop.message(retrieval.number) else {
            self.errorMade(.noSuchMessage)
            return nil
        }
        if retrieval.lines == nil, let answer = self.readAhead.take(retrieval.number) {
            self.maildrop?.noteRetrieved(retrieval.number)
            self.emit(answer)
            return nil
        }
        var retrievals = [retrieval.of(entry, in: maildrop)]
        while retrievals.count < POP3SessionLimits.batchMessagesMax, let next = self.takeRetrieval() {
            retrievals.append(next)
        }
        return .retrieve(retrievals)
    }

    /// The next command if it fetches a message that is there; any other stays for later.
    private func takeRetrieval() -> Retrieval? {
        guard let frame = self.takeFrame() else { return nil }
        guard case .command(let line) = frame, let command = try? POP3CommandParser.parse(line),
            let retrieval = Retrieval(command), let maildrop = self.maildrop,
            let entry = maildrop.message(retrieval.number)
        else {
            self.waitingFrame = frame
            return nil
        }
        if self.tellsLines { self.noteReceived(command, line) }
        return retrieval.of(entry, in: maildrop)
    }

    func retrieve(_ retrievals: [Retrieval]) async {
        guard let maildrop = self.maildrop else { return }
        var job = RetrievalJob(retrievals, ahead: self.readAhead.plan(after: retrievals, in: maildrop))
        while !job.isDone {
            let running = job
            let piece: RetrievalJob.Piece
            do {
                piece = try await self.service.store.read(of: maildrop.account) { try running.encode($0) }
            } catch {
                self.noteFailure(error, doing: "RETR")
                // An answer that has begun cannot be taken back, and must not look complete.
                if job.isWithinMessage { return self.machine.closed() }
                for _ in 0..<job.requestsLeft { self.output.writePOP3Reply(.messageUnavailable) }
                return
            }
            guard !self.isLost else { return }
            if let message = piece.unreadable { self.note(message) }
            self.emit(piece.output)
            if piece.isCutShort { return self.machine.closed() }
            for number in job.retrievedNumbers(until: piece.next) where number != piece.unreadable?.number {
                self.maildrop?.noteRetrieved(number)
            }
            job = piece.next
            self.readAhead.keep(piece.ahead)
            await self.untilWritable()
        }
    }
}
