/// Whether an answer is proven by signatures up to the root of the DNS. A false proof is no answer: see `DNSFailure`.
package enum DNSSecurity: Hashable, Sendable {
    case secure
    case insecure
}

/// What the DNS holds under a name: at least one record of the kind asked for.
package struct DNSAnswer: Hashable, Sendable {
    /// In the order the server gave them; aliases on the way are left out.
    package var records: [DNSRecord]
    package var security: DNSSecurity
    /// Where aliases led to, when the name asked for is one.
    package var canonicalName: DNSName?
    /// How many seconds the answer may be kept.
    package var timeToLive: UInt32

    package init(
        _ records: [DNSRecord],
        security: DNSSecurity = .insecure,
        canonicalName: DNSName? = nil,
        timeToLive: UInt32 = 0
    ) {
        self.records = records
        self.security = security
        self.canonicalName = canonicalName
        self.timeToLive = timeToLive
    }
}

/// Why there is no answer. Only the first two say that a record does not exist.
package enum DNSFailure: Error, Hashable, Sendable {
    /// The name does not exist, nor any below it. RFC 8020.
    case nxdomain
    /// The name exists, but has no record of that kind.
    case noData
    /// Nobody could tell now: no answer in time, a server's failure, a spent budget. The reason is for the log.
    case temporary(reason: String)
    /// The answer contradicts its zone's signatures: never to be taken as "no record". RFC 4035 §4.3.
    case bogus(reason: String)

    /// Whether it is certain that there is no such record.
    package var meansNoRecord: Bool {
        switch self {
        case .nxdomain, .noData: true
        case .temporary, .bogus: false
        }
    }
}

/// How a question came out.
package typealias DNSOutcome = Result<DNSAnswer, DNSFailure>
