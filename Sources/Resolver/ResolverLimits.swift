/// How long answers are waited for and how much of them is kept; every bound with its reason.
package struct ResolverLimits: Hashable, Sendable {
    /// How long one question is waited for. A peer in an SMTP session waits meanwhile; the library goes on asking, so
    /// that a later question may find the answer.
    package var questionTime = Duration.seconds(6)
    /// Questions that one message may cause. SPF alone may need 10 look-ups of up to 10 addresses each (RFC 7208
    /// §4.6.4); the rest is for DKIM keys, DMARC and ARC. Answers from the cache count too, so that the verdict on a
    /// message does not hang on what was asked before it.
    package var messageQuestionsMax = 200
    /// Questions of one message that are open at a time. Ordinary mail has fewer; who has us ask name servers that do
    /// not answer takes no more than these from others.
    package var messageOpenQuestionsMax = 16
    /// How long the questions of one message may take together. RFC 7208 §4.6.4 asks for at least 20 seconds.
    package var messageTime = Duration.seconds(20)

    /// Different questions that are open at the library: each costs a socket and some KiB there. One whose servers are
    /// dead is open for half a minute.
    package var openQuestionsMax = 4_096
    /// Callers that wait, all questions together: equal questions are asked once but answered to each.
    package var waitersMax = 16_384

    /// Answers kept decoded.
    package var cachedAnswersMax = 20_000
    /// Octets of answers kept decoded, as estimated from their content.
    package var cachedOctetsMax = 16 << 20
    /// How long an answer is kept at most, however long its zone allows: a wrong record should not last for weeks.
    package var keptSecondsMax: UInt32 = 86_400
    /// How long it is kept at most that there is no such record. RFC 2308 §5 sees one to three hours work well.
    package var absenceKeptSecondsMax: UInt32 = 3_600
    /// Octets of the library's own cache of records, keys and messages, which also holds what led to an answer.
    package var libraryCacheOctets = 32 << 20

    /// Aliases that are followed from the name asked for to the one with the records. The library begins its search
    /// anew at most 11 times; this also bounds a chain that comes in one message.
    package var aliasesMax = 11
    /// Hosts of one domain that mail is tried at. Domains name a handful; one that names hundreds would have a message
    /// tried for days.
    package var mailHostsMax = 16
    /// Addresses of one host that are tried. RFC 5321 §5.1 asks for at least two.
    package var hostAddressesMax = 8
    /// Octets of a failure's reason: it quotes names that strangers chose.
    package var reasonOctetsMax = 200

    package init() {}
}
