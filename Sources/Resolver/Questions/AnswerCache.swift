internal import MailTypes

/// Decoded answers, each until its time to live is over, in bounded room: those go first that were not used for
/// longest.
///
/// It keeps what is certain: records and their absence. Failures are asked again; the library remembers them for a
/// moment. Nothing is served beyond its time.
struct AnswerCache {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        let question: DNSQuestion
        let outcome: DNSOutcome
        let expiry: Instant
        let octets: Int
    }

    /// The places of the entries used just before and just after one; apart from the entries, so that using an answer
    /// moves two numbers and touches no text.
    private struct Neighbours {
        var earlier: Int?
        var later: Int?
    }

    private let limits: ResolverLimits
    private var places: [DNSQuestion: Int] = [:]
    /// Entries at their places, in no order; what is empty is listed in `free`.
    private var entries: [Entry?] = []
    private var neighbours: [Neighbours] = []
    private var free: [Int] = []
    private var leastRecent: Int?
    private var mostRecent: Int?
    /// Octets of all entries, as estimated.
    private(set) var octets = 0

    init(limits: ResolverLimits) {
        self.limits = limits
    }

    var count: Int { self.places.count }

    /// What is known, with the time it is still valid for.
    mutating func outcome(for question: DNSQuestion, at now: Instant) -> DNSOutcome? {
        guard let place = self.places[question], let expiry = self.entries[place]?.expiry else { return nil }
        let left = now.duration(to: expiry)
        guard left > .zero else {
            self.remove(at: place)
            return nil
        }
        if self.mostRecent != place {
            self.unlink(place)
            self.linkAsMostRecent(place)
        }
        guard let outcome = self.entries[place]?.outcome, case .success(var answer) = outcome else {
            return self.entries[place]?.outcome
        }
        answer.timeToLive = UInt32(clamping: left.components.seconds)
        return .success(answer)
    }

    /// Keeps `outcome` for `seconds` or as long as the limits allow.
    mutating func store(_ outcome: DNSOutcome, for question: DNSQuestion, seconds: UInt32, at now: Instant) {
        if let place = self.places[question] { self.remove(at: place) }
        let seconds = min(seconds, self.longest(outcome))
        let octets = Self.octets(of: question, outcome)
        // One answer may not drive out all others.
        guard seconds > 0, octets <= self.limits.cachedOctetsMax / 16, self.limits.cachedAnswersMax > 0 else { return }
        while let place = self.leastRecent,
            self.count >= self.limits.cachedAnswersMax || self.octets + octets > self.limits.cachedOctetsMax
        {
            self.remove(at: place)
        }
        let expiry = now + .seconds(Int64(seconds))
        let entry = Entry(question: question, outcome: outcome, expiry: expiry, octets: octets)
        let place = self.free.popLast() ?? self.entries.count
        if place == self.entries.count {
            self.entries.append(entry)
            self.neighbours.append(Neighbours())
        } else {
            self.entries[place] = entry
        }
        self.places[question] = place
        self.octets += octets
        self.linkAsMostRecent(place)
    }

    /// Zero for what is not certain.
    private func longest(_ outcome: DNSOutcome) -> UInt32 {
        switch outcome {
        case .success: self.limits.keptSecondsMax
        case .failure(let failure): failure.meansNoRecord ? self.limits.absenceKeptSecondsMax : 0
        }
    }

    private mutating func remove(at place: Int) {
        guard let entry = self.entries[place] else { return }
        self.unlink(place)
        self.places[entry.question] = nil
        self.octets -= entry.octets
        self.entries[place] = nil
        self.free.append(place)
    }

    private mutating func unlink(_ place: Int) {
        let (earlier, later) = (self.neighbours[place].earlier, self.neighbours[place].later)
        if let earlier { self.neighbours[earlier].later = later } else { self.leastRecent = later }
        if let later { self.neighbours[later].earlier = earlier } else { self.mostRecent = earlier }
    }

    private mutating func linkAsMostRecent(_ place: Int) {
        self.neighbours[place] = Neighbours(earlier: self.mostRecent, later: nil)
        if let last = self.mostRecent { self.neighbours[last].later = place } else { self.leastRecent = place }
        self.mostRecent = place
    }

    /// What an entry takes in memory, roughly: its texts and data, and for each value what its box costs.
    private static func octets(of question: DNSQuestion, _ outcome: DNSOutcome) -> Int {
        var octets = 256 + question.name.text.utf8.count
        guard case .success(let answer) = outcome else { return octets }
        octets += answer.canonicalName?.text.utf8.count ?? 0
        for record in answer.records {
            octets += 64
            switch record {
            case .address: break
            case .cname(let name), .ptr(let name), .mx(_, let name): octets += name.text.utf8.count
            case .tlsa(_, _, _, let data), .txt(let data): octets += data.count
            }
        }
        return octets
    }
}
