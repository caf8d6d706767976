/// Every bound on what checking one message's sender may cost, each with its reason.
///
/// What lies beyond a bound is not looked at, and the result says so; no bound makes a forged message pass.
package enum SenderAuthLimits {
    // MARK: DKIM and ARC

    /// DKIM signatures of one message that are checked, from the top; each may cost a key lookup, a pass over the body
    /// and a public-key operation. Mail through several lists carries about five.
    package static let signaturesMax = 10

    /// Octets of one signature field that are read; a signature by a 4,096-bit key over a hundred fields needs 3 KiB.
    package static let signatureOctetsMax = 16 * 1_024

    /// Tags of one signature or record. RFC 6376 defines fourteen.
    package static let tagsMax = 64

    /// Names in a signature's h= tag; each is looked for among the message's fields.
    package static let signedNamesMax = 500

    /// Header fields that are looked at; with more of them no signature is checked, as any of them may be signed.
    package static let headerFieldsMax = 10_000

    /// Octets that one signature's header fields may come to; a name may be signed as often as its field stands there.
    package static let signedHeaderOctetsMax = 4 * 1_024 * 1_024

    /// Octets of a TXT record that are read as a key, an SPF policy or a DMARC policy. A 4,096-bit key needs 800.
    package static let recordOctetsMax = 8 * 1_024

    /// TXT records of one answer that are read as a key. Policies are told by their first word, and sought in all.
    package static let keyRecordsMax = 50

    /// Bits of an RSA key that is used: RFC 8301 §3.2 wants 1,024 to 4,096. Longer ones cost time that a
    /// stranger chooses.
    package static let rsaBits = 1_024...4_096

    /// Hours a signature's time may lie ahead of ours before it is not believed: clocks that know their zone but not
    /// that it has changed are an hour off, ones that know no zone up to fourteen.
    package static let clockSkew = Duration.seconds(14 * 3_600)

    /// ARC sets of one message. RFC 8617 §4.2.1 ends the count at 50.
    package static let arcSetsMax = 50

    // MARK: SPF

    /// Mechanisms and modifiers that cause lookups, over all records of one check. RFC 7208 §4.6.4.
    package static let spfLookupsMax = 10

    /// Lookups that may find nothing. RFC 7208 §4.6.4.
    package static let spfVoidLookupsMax = 2

    /// Hosts of one "mx" whose addresses are looked up; more are an error. RFC 7208 §4.6.4.
    package static let spfExchangesMax = 10

    /// Names of the client's address that are looked up; more are ignored. RFC 7208 §4.6.4.
    package static let spfPointersMax = 10

    /// Mechanisms and modifiers of one record; 8 KiB hold more than anybody's servers.
    package static let spfTermsMax = 1_000

    /// Octets that macros may expand to before the result is cut to a domain name or an explanation.
    package static let spfExpansionOctetsMax = 8 * 1_024

    /// Octets of an explanation that are handed on, as it ends up in one reply line. RFC 5321 §4.5.3.1.5.
    package static let spfExplanationOctetsMax = 400

    // MARK: DMARC

    /// Different domains in From whose policies are looked up; with more the message fails without one.
    package static let authorDomainsMax = 4

    /// Octets of one From field that are read; with more the message fails, after the domains in them have been asked.
    static let authorOctetsMax = 64 * 1_024

    /// From fields that are read behind the last header field that is looked at; with more of them the message fails.
    package static let lateAuthorFieldsMax = 20

    /// Authenticated domains whose organisation is sought by walking the tree, each with up to eight questions.
    package static let alignedDomainsMax = 12

    /// Labels below the root at which a walk goes on when the name has more. RFC 9989 §4.10.
    package static let treeWalkLabelsMax = 7

    /// Addresses of one rua or ruf tag.
    package static let reportAddressesMax = 20

    // MARK: Records

    /// Records of one kind that are kept as read, in each of two generations: as many domains as write to a large site
    /// on a day.
    package static let knownRecordsMax = 2_000

    /// Octets of them, as estimated, in each generation; one alone may take a sixteenth.
    package static let knownRecordOctetsMax = 4 * 1_024 * 1_024

    // MARK: Results

    /// Octets of a value or reason that is written; names and addresses have less, and with each character escaped it
    /// still fits in a line of 998.
    package static let wordOctetsMax = 400

    /// Octets of one Authentication-Results field that are read.
    package static let resultsOctetsMax = 64 * 1_024

    /// Method results of one field, and properties of one result.
    package static let resultsMax = 200
}
