internal import Glibc
internal import MailBytes
internal import MailTypes
internal import SASL

/// What SCRAM shows of a password to whoever asks: its rounds, and how long its salt is. RFC 5802 §5.1.
struct SCRAMLook: Hashable, Sendable {
    let iterations: Int
    let saltOctets: Int

    init(iterations: Int, saltOctets: Int) {
        self.iterations = iterations
        self.saltOctets = saltOctets
    }

    /// - Parameter text: as ``SCRAMText`` writes it; the keys are not looked at.
    init?(_ text: String) {
        let fields = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, let iterations = Int(fields[0]), SCRAMText.iterations.contains(iterations),
            let salt = Base64.decode(fields[1]), SCRAMText.saltOctets.contains(salt.count)
        else { return nil }
        self.init(iterations: iterations, saltOctets: salt.count)
    }
}

/// How many accounts there are of each look, so that a login nobody has can be given the look of one that exists.
struct SCRAMLooks: Sendable {
    private(set) var accounts: [SCRAMLook: Int] = [:]

    mutating func count(_ account: StoredAccount?) {
        guard let look = account?.scram.flatMap({ SCRAMLook($0) }) else { return }
        self.accounts[look, default: 0] += 1
    }

    mutating func discount(_ account: StoredAccount?) {
        guard let look = account?.scram.flatMap({ SCRAMLook($0) }), let count = self.accounts[look] else { return }
        self.accounts[look] = count > 1 ? count - 1 : nil
    }

    /// The look of a login that nobody has: each as often as among the accounts, for the same name always the same.
    ///
    /// Each look draws a lot for the name, the more accounts it has the better (rendezvous hashing), and the best wins.
    /// So accounts that come and go change the look of few names, and only to or from their own.
    ///
    /// - Parameter lot: what a name draws for a look, from the site's secret: the same each time, evenly over all
    ///   numbers.
    /// - Returns: `nil` when no account has keys for SCRAM.
    /// - Complexity: linear in the looks, of which each change of the policy adds one.
    func look(lot: (SCRAMLook) -> UInt64) -> SCRAMLook? {
        self.accounts.min { left, right in
            let (first, second) = (Self.delay(lot(left.key), left.value), Self.delay(lot(right.key), right.value))
            if first != second { return first < second }
            return (left.key.iterations, left.key.saltOctets) < (right.key.iterations, right.key.saltOctets)
        }?.key
    }

    /// Exponentially distributed with the count as rate: which of several is the first is then as likely as its share.
    private static func delay(_ lot: UInt64, _ count: Int) -> Double {
        // Between 0 and 1, and neither.
        let share = (Double(lot >> 11) + 0.5) / 0x1p53
        return -log(share) / Double(count)
    }
}
