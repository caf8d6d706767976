package import MailTypes
internal import Synchronization

extension Directory {
    /// The addresses at which an account receives mail: its own first, then aliases that lead to it, over others too;
    /// empty when there is no such account.
    ///
    /// - Complexity: a lookup for each alias; at most ``DirectoryLimits/addressesMax`` are given.
    package func addresses(of account: AccountID) -> [EmailAddress] {
        self.state.withLock { state in
            guard let stored = state.index.accounts[account] else { return [] }
            let lookup = RecipientLookup(index: state.index, settings: state.settings)
            var found = [EmailAddress(localPart: stored.localPart, domain: stored.domain)]
            var seen = Set(found)
            var next = 0
            while next < found.count, found.count < DirectoryLimits.addressesMax {
                for alias in lookup.referrers(of: found[next]) where seen.insert(alias).inserted {
                    found.append(alias)
                }
                next += 1
            }
            return found
        }
    }
}
