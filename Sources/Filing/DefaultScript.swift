/// The script that comes with Martlet: files what a filter has marked.
package enum DefaultScript {
    /// What errors and traces call it.
    package static let name = "<default>"

    /// Scripts of users run behind it only for mail that it leaves alone.
    package static let text = """
        # Files what a filter has marked as spam into the Junk mailbox, and says in the header why.
        require ["fileinto", "special-use", "editheader"];

        if anyof (header :matches "X-Spam-Flag" "YES*",
                  header :matches "X-Spam" "Yes*",
                  header :matches "Subject" ["[SPAM]*", "*****SPAM*****", "***SPAM***"]) {
            addheader :last "X-Sieve-Filed" "marked as spam";
            fileinto :specialuse "\\\\Junk" "Junk";
            stop;
        }

        """
}
