internal import MailTypes

/// How it is found out which names belong to one organisation.
package enum OrganizationFinder: Sendable {
    /// By a list of the names that many share. RFC 7489 §3.2.
    case publicSuffixList(PublicSuffixList)
    /// By the DMARC records on the way to the root. RFC 9989 §4.10.
    case treeWalk
}

/// The DMARC records between a name and the root. RFC 9989 §4.10.
struct TreeWalk {
    /// The names that may have a record, from the start up: after the first, no more than seven labels.
    static func names(from start: DNSName) -> [DNSName] {
        var names = [start]
        guard var next = start.parent else { return names }
        next = next == .root ? .root : next.suffix(labels: SenderAuthLimits.treeWalkLabelsMax)
        while next != .root {
            names.append(next)
            guard let parent = next.parent else { break }
            next = parent
        }
        return names
    }

    /// The domain of the organisation that `start` belongs to, and the record of the public suffix above it if the
    /// walk ended there.
    ///
    /// - Parameter record: what stands under a name; `nil` for none.
    static func organization(
        of start: DNSName,
        _ record: (DNSName) -> DMARCRecord?
    ) -> (domain: DNSName, suffix: DNSName?) {
        var shortest = start
        for name in self.names(from: start) {
            guard let found = record(name) else { continue }
            if found.suffixRole == .no { return (name, nil) }
            if found.suffixRole == .yes, name != start {
                return (start.suffix(labels: name.labelsCount + 1), name)
            }
            shortest = name
        }
        return (shortest, nil)
    }
}
