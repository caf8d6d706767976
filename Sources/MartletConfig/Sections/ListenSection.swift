/// `[listen]`: where each service waits for clients. An empty list turns a service off.
package struct ListenSection: ConfigSection {
    package var smtp = [HostPort(host: "0.0.0.0", port: 25)]
    package var submission = [HostPort(host: "0.0.0.0", port: 587)]
    package var submissions = [HostPort(host: "0.0.0.0", port: 465)]
    package var lmtp: [HostPort] = []
    package var imap = [HostPort(host: "0.0.0.0", port: 143)]
    package var imaps = [HostPort(host: "0.0.0.0", port: 993)]
    package var pop3 = [HostPort(host: "0.0.0.0", port: 110)]
    package var pop3s = [HostPort(host: "0.0.0.0", port: 995)]
    package var managesieve = [HostPort(host: "0.0.0.0", port: 4_190)]

    package init() {}

    static let name = "listen"
    static let help = """
        Where each service waits for clients. An empty list turns a service off. "*:25" takes IPv4 and IPv6, and so \
        does "[::]:25", unless an IPv4 address is listed for the same port: then it takes IPv6 only.
        """

    static let fields: [ConfigField<Self>] = [
        Self.field("smtp", \.smtp, "Mail from other servers."),
        Self.field("submission", \.submission, "Mail from users, who log in after STARTTLS."),
        Self.field("submissions", \.submissions, "Mail from users, encrypted from the start."),
        Self.field("lmtp", \.lmtp, "Mail from a relay in front of this server; it is trusted and may not be public."),
        Self.field("imap", \.imap, "Reading by IMAP; logins after STARTTLS."),
        Self.field("imaps", \.imaps, "Reading by IMAP, encrypted from the start."),
        Self.field("pop3", \.pop3, "Fetching by POP3; logins after STLS."),
        Self.field("pop3s", \.pop3s, "Fetching by POP3, encrypted from the start."),
        Self.field("managesieve", \.managesieve, "Users' Sieve scripts by ManageSieve; logins after STARTTLS."),
    ]

    private static func field(
        _ key: String,
        _ path: any WritableKeyPath<Self, [HostPort]> & Sendable,
        _ help: String
    ) -> ConfigField<Self> {
        ConfigField(key, path, .list(of: .hostPort), needsRestart: true, help: help)
    }
}
