internal import IMAPWire
internal import MailStore
internal import MailTypes
internal import NIOCore
internal import Sessions

/// SEARCH: which messages are as asked. RFC 9051 §6.4.4, RFC 4731, RFC 5032, RFC 5182, RFC 7162 §3.1.5.
extension IMAPConnection {
    func search(_ request: SearchRequest, tag: String) async throws -> Reply {
        let savesResult = request.returns?.contains(.save) ?? false
        if case .other = request.charset {
            if savesResult { self.selected?.savedSearch = [] }
            return .badCharset
        }
        let (selected, view) = try await self.preparedMailbox(request.numbering)
        var compiler = SearchCompiler(
            view: view,
            saved: selected.savedSearch,
            keywords: self.keywords,
            now: self.service.clock.now
        )
        let condition = try compiler.compile(request.key)
        if compiler.mentionsModSeq { self.enableCondstore() }
        let found: [Int]
        do {
            found = try await self.find(SearchJob(condition: condition, view: view, recentStart: selected.recentStart))
        } catch {
            // A search that failed leaves nothing behind it for `$`. RFC 5182 §2.1.
            if savesResult { selected.savedSearch = [] }
            throw error
        }
        if savesResult { selected.savedSearch = Self.saved(found, request.returns ?? [], view) }
        self.write(found, request, tag: tag, view, tellsModSeq: compiler.mentionsModSeq)
        return Reply(.ok, nil, "SEARCH completed")
    }

    // MARK: - Finding

    private func find(_ job: SearchJob) async throws -> [Int] {
        var outcome = SearchJob.Outcome()
        var start = 0
        while start < job.view.state.count {
            let range = start..<min(start + IMAPSessionLimits.sliceMessagesMax, job.view.state.count)
            let slice = range.count <= Self.judgedAtOnce ? job.judge(range) : await Self.judge(range, job)
            outcome.found += slice.found
            outcome.undecided += slice.undecided
            start = range.upperBound
        }
        guard !outcome.undecided.isEmpty else { return outcome.found }
        let read = try await self.read(outcome.undecided, job)
        return Self.merged(outcome.found, read)
    }

    /// So many messages are judged on the event loop itself.
    private static let judgedAtOnce = 1_000

    @concurrent
    private nonisolated static func judge(_ range: Range<Int>, _ job: SearchJob) async -> SearchJob.Outcome {
        job.judge(range)
    }

    private func read(_ undecided: [Int], _ job: SearchJob) async throws -> [Int] {
        let account = try self.account
        var found: [Int] = []
        var position = 0
        var unreadable = 0
        while position < undecided.count {
            let from = position
            let step = try await self.service.store.read(of: account) { try job.read(undecided, from: from, $0) }
            if self.isLost { throw CancellationError() }
            found += step.found
            position += step.count
            if let message = step.unreadable {
                unreadable += 1
                try self.note(message, unreadable, doing: "SEARCH")
            }
        }
        if unreadable > 0 {
            // A warning: the answer is right for all the others. RFC 9051 §7.1.2.
            self.output.writeUntagged(
                .no,
                code: .corruption,
                "Some of the messages cannot be read and were passed over"
            )
        }
        return found
    }

    private static func merged(_ left: [Int], _ right: [Int]) -> [Int] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        return (left + right).sorted()
    }

    // MARK: - Answering

    private func write(
        _ found: [Int],
        _ request: SearchRequest,
        tag: String,
        _ view: MailboxView,
        tellsModSeq: Bool
    ) {
        let number: (Int) -> UInt32 = { index in
            request.numbering == .uid ? view.state[index].uid.rawValue : UInt32(view.sequenceNumber(at: index))
        }
        guard let returns = request.returns else {
            let modSeq = tellsModSeq ? Self.highestModSeq(found, view) : nil
            self.output.writeSearch(found.lazy.map(number), modSeq: modSeq)
            return
        }
        // SAVE alone answers nothing. RFC 5182 §2.1.
        if returns == [.save] { return }
        var response = ESearchResponse(tag: tag, numbering: request.numbering)
        if returns.contains(.minimum) { response.minimum = found.first.map(number) }
        if returns.contains(.maximum) { response.maximum = found.last.map(number) }
        if returns.contains(.all) { response.all = found.map(number) }
        if returns.contains(.count) { response.count = found.count }
        if tellsModSeq { response.modSeq = Self.highestModSeq(Self.named(found, returns), view) }
        self.output.writeESearch(response)
    }

    /// The messages an answer speaks of: with MIN and MAX alone only those. RFC 7162 §3.1.10, RFC 5182 §2.4.
    private static func named(_ found: [Int], _ returns: SearchRequest.Returns) -> [Int] {
        let wantsEnds = !returns.isDisjoint(with: [.minimum, .maximum])
        guard wantsEnds, returns.isDisjoint(with: [.all, .count]), let first = found.first, let last = found.last else {
            return found
        }
        var named: [Int] = []
        if returns.contains(.minimum) { named.append(first) }
        if returns.contains(.maximum), named.last != last { named.append(last) }
        return named
    }

    private static func highestModSeq(_ found: [Int], _ view: MailboxView) -> ModSeq? {
        found.lazy.map { view.state[$0].modSeq }.max()
    }

    private static func saved(
        _ found: [Int],
        _ returns: SearchRequest.Returns,
        _ view: MailboxView
    ) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        for index in Self.named(found, returns) {
            let uid = view.state[index].uid.rawValue
            if let last = ranges.last, last.upperBound + 1 == uid {
                ranges[ranges.count - 1] = last.lowerBound...uid
            } else {
                ranges.append(uid...uid)
            }
        }
        return ranges
    }
}
