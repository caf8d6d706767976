/// `[sieve]`: scripts of the site, and what users' scripts may do.
package struct SieveSection: ConfigSection {
    package var defaultScript = true
    package var before: [String] = []
    package var after: [String] = []
    package var library: String?
    package var redirectsMax = 4
    package var listRedirectsMax = 50
    package var spamHeader: String?
    package var spamScoreMax = 10

    package init() {}

    static let name = "sieve"
    static let help = "Scripts of the site, and what users' scripts may do."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "default_script",
            \.defaultScript,
            .flag,
            help: "Run the script that comes with Martlet before all others: it files what a filter has marked as spam "
                + "into the Junk mailbox."
        ),
        ConfigField(
            "before",
            \.before,
            .list(of: .text),
            help: "Files with scripts that run before a user's own, in this order."
        ),
        ConfigField(
            "after",
            \.after,
            .list(of: .text),
            help: "Files with scripts that run after a user's own when that keeps the message, or has none."
        ),
        ConfigField(
            "library",
            \.library,
            .optional(.text),
            help: "Folder with files NAME.sieve that users' scripts can include as :global."
        ),
        ConfigField(
            "redirects_max",
            \.redirectsMax,
            .number,
            bounds: .number(0...100),
            help: "Redirects that scripts may make of one message."
        ),
        ConfigField(
            "list_redirects_max",
            \.listRedirectsMax,
            .number,
            bounds: .number(0...1_000),
            help: "Addresses that a script's redirect to a list of [sieve_lists] sends one message to at most."
        ),
        ConfigField(
            "spam_header",
            \.spamHeader,
            .optional(.text),
            help: "Header field in which a filter leaves its score, for the spamtest test: \"X-Spam-Score\", or with a "
                + "regular expression whose first group is the score: \"X-Spam-Status: score=([0-9.]+)\"."
        ),
        ConfigField(
            "spam_score_max",
            \.spamScoreMax,
            .number,
            bounds: .number(1...1_000),
            help: "The score from which a message is surely spam."
        ),
    ]
}
