/// What a script may ask for with `require`, under the names that are registered for it.
package enum SieveCapability: String, CaseIterable, Hashable, Sendable {
    case body
    case comparatorASCIICasemap = "comparator-i;ascii-casemap"
    case comparatorASCIINumeric = "comparator-i;ascii-numeric"
    case comparatorOctet = "comparator-i;octet"
    case comparatorUnicodeCasemap = "comparator-i;unicode-casemap"
    case copy
    case date
    case duplicate
    case editheader
    case enclose
    case encodedCharacter = "encoded-character"
    case enotify
    case envelope
    case envelopeDeliverBy = "envelope-deliverby"
    case envelopeDSN = "envelope-dsn"
    case environment
    case ereject
    case extlists
    case extracttext
    case fcc
    case fileinto
    case foreverypart
    case ihave
    case imap4flags
    case imapsieve
    case include
    case index
    case mailbox
    case mailboxid
    case mboxmetadata
    case mime
    case redirectDeliverBy = "redirect-deliverby"
    case redirectDSN = "redirect-dsn"
    case regex
    case reject
    case relational
    case replace
    case servermetadata
    case spamtest
    case spamtestplus
    case specialUse = "special-use"
    case subaddress
    case vacation
    case vacationSeconds = "vacation-seconds"
    case variables
    case virustest
    /// The test language; only a compiler that was told so knows it.
    case testsuite = "vnd.dovecot.testsuite"

    /// What a script may ask for in ordinary service, as ManageSieve announces it.
    package static let offered = Self.allCases.filter { $0 != .testsuite }

    /// Capabilities that come with this one. RFC 5235 §2.1; RFC 6131 §3.
    var implied: [SieveCapability] {
        switch self {
        case .spamtestplus: [.spamtest]
        case .vacationSeconds: [.vacation]
        default: []
        }
    }
}
