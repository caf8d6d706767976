internal import MIME

/// The script that comes with Martlet: files what a filter has marked.
package enum DefaultScript {
    /// What errors and traces call it.
    package static let name = "<default>"

    /// Whether a message could be one that the script files: its words stand in the header, or an encoded word that may
    /// hide them. Plain mail is told apart so, at a fraction of what a run costs.
    static func mayMatter(to message: Span<UInt8>) -> Bool {
        let end = min(message.count, HeaderScanner.headerOctets(of: message)) - 3
        var index = 0
        while index < end {
            let byte = message[index]
            if byte == UInt8(ascii: "="), message[index + 1] == UInt8(ascii: "?") { return true }
            if byte | 0x20 == UInt8(ascii: "s"), message[index + 1] | 0x20 == UInt8(ascii: "p"),
                message[index + 2] | 0x20 == UInt8(ascii: "a"), message[index + 3] | 0x20 == UInt8(ascii: "m")
            {
                return true
            }
            index += 1
        }
        return false
    }

    /// Scripts of users run behind it only for mail that it leaves alone.
    ///
    /// Of a subject it is the tag at the beginning that counts, as SpamAssassin, amavis and rspamd write it; `:matches`
    /// takes an asterisk literally behind a backslash only (RFC 5228 §2.7.1).
    package static let text = """
        # Files what a filter has marked as spam into the Junk mailbox, and says in the header why.
        require ["fileinto", "special-use", "editheader"];

        if anyof (header :matches "X-Spam-Flag" "YES*",
                  header :matches "X-Spam" "Yes*",
                  header :matches "Subject" ["[SPAM]*",
                                             "\\\\*\\\\*\\\\*SPAM\\\\*\\\\*\\\\**",
                                             "\\\\*\\\\*\\\\*\\\\*\\\\*SPAM\\\\*\\\\*\\\\*\\\\*\\\\**"]) {
            addheader :last "X-Sieve-Filed" "marked as spam";
            fileinto :specialuse "\\\\Junk" "Junk";
            stop;
        }

        """
}
