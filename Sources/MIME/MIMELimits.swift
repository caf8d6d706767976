/// Every bound on what one message may cost to read, each with its reason.
///
/// None of them refuses a message: what lies beyond a bound is kept byte for byte and merely not looked into.
package enum MIMELimits {
    /// Parts of one message that get a place in its structure, nested ones included. Real mail stays below a few
    /// hundred; the answer to BODYSTRUCTURE costs about a hundred octets a part.
    package static let partsMax = 10_000

    /// Levels of multiparts and enclosed messages. A deeper part is described but not opened, so that nothing that
    /// walks the tree can run out of stack.
    package static let nestingMax = 100

    /// Octets of a boundary that are compared: the 70 of RFC 2046 §5.1.1 and a little for careless senders. Keeps
    /// each line's comparison with the open boundaries small.
    package static let boundaryOctetsMax = 80

    /// Octets of one header field that are read for the envelope, the structure and decoded text. A Subject of a
    /// megabyte is shown cut here.
    package static let fieldOctetsMax = 128 * 1_024

    /// Header fields of one part that are read. The end of the header is found however many there are.
    package static let fieldsMax = 10_000

    /// Addresses of one field that enter the envelope, where each may take thirty octets for two received.
    package static let addressesMax = 10_000

    /// Octets of one list of addresses in the envelope, after which the rest is left out, where its fields have so
    /// many. Real addresses take hardly more than they had; a stray comma received is an address of 44 octets, which a
    /// From is three times, as it stands for Sender and Reply-To.
    static func addressOctetsMax(ofFields octets: Int) -> Int { min(4_096 + 3 * octets, 512 * 1_024) }

    /// Octets of a message's structure, after which parts are told of as octets of some length and nothing else. A
    /// message of ten thousand enclosed ones has an envelope for each.
    package static let structureOctetsMax = 4 * 1_024 * 1_024

    /// Parameters of one Content-Type or Content-Disposition, RFC 2231 pieces counted singly.
    package static let parametersMax = 1_000

    /// Language tags of one Content-Language.
    package static let languagesMax = 100

    /// Pieces of one parameter that RFC 2231 continuations may be put together from, numbered 0 to this less one.
    package static let continuationsMax = 1_000

    /// Octets of one part's decoded text that a search or a preview looks at.
    package static let searchedTextOctetsMax = 16 * 1_024 * 1_024

    /// Octets of a part that a preview decodes: enough to get past the style sheet of an HTML newsletter.
    package static let previewSourceOctetsMax = 64 * 1_024

    /// Characters of a preview, as RFC 8970 §3.1 recommends at least to offer.
    package static let previewCharactersMax = 200

    /// Octets of the original header that a delivery report returns.
    package static let reportedHeaderOctetsMax = 64 * 1_024
}
