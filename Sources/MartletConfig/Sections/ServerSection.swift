package import MailTypes

/// `[server]`: what this server is called and where it keeps things.
package struct ServerSection: ConfigSection {
    package var hostname = "localhost"
    package var data = "/var/lib/martlet"
    package var controlSocket: String?
    package var defaultDomain: Domain?
    package var postmaster: EmailAddress?
    package var eventLoops = 0
    package var stopTimeout = Duration.seconds(30)
    package var upgradeTimeout = Duration.seconds(5)

    package init() {}

    static let name = "server"
    static let help = "What this server is called and where it keeps things."

    static let fields: [ConfigField<Self>] = [
        ConfigField(
            "hostname",
            \.hostname,
            .text,
            bounds: .matching("a host's name in ASCII, e.g. mail.example.org", Self.isHostName),
            help: "The name in greetings, in Received: and in reports; other servers look it up."
        ),
        ConfigField(
            "data",
            \.data,
            .text,
            bounds: .matching("an absolute path") { $0.hasPrefix("/") },
            needsRestart: true,
            help: "The folder that holds mail, queue, accounts, trace and the self-signed certificate."
        ),
        ConfigField(
            "control_socket",
            \.controlSocket,
            .optional(.text),
            needsRestart: true,
            help: """
                Where `martlet` commands reach the server; control.sock in the data folder when not set. Its folder is \
                made if it alone is missing.
                """
        ),
        ConfigField(
            "default_domain",
            \.defaultDomain,
            .optional(.domain),
            help: "The domain of logins without one; the first domain that was added when not set."
        ),
        ConfigField(
            "postmaster",
            \.postmaster,
            .optional(.address),
            help: "Who gets mail for postmaster at each domain without one; the first admin when not set."
        ),
        ConfigField(
            "event_loops",
            \.eventLoops,
            .number,
            bounds: .number(0...256),
            needsRestart: true,
            help: "Threads that serve connections; 0 means one for each core."
        ),
        ConfigField(
            "stop_timeout",
            \.stopTimeout,
            .duration,
            bounds: .duration(.zero ... .seconds(600)),
            help: "How long a stop waits for what was begun."
        ),
        ConfigField(
            "upgrade_timeout",
            \.upgradeTimeout,
            .duration,
            bounds: .duration(.zero ... .seconds(600)),
            help: "How long an upgrade waits for what was begun; new connections wait all the while."
        ),
    ]

    /// Labels of letters, digits and hyphens, and underscores, which hosts have though RFC 5321 §4.1.2 knows none.
    /// What ends in a number is an address.
    private static func isHostName(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, last.contains(where: { !Self.isDigit($0) }) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != Self.hyphen && label.last != Self.hyphen
                && label.allSatisfy { byte in
                    Self.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == Self.hyphen
                        || byte == UInt8(ascii: "_")
                }
        }
    }

    private static let hyphen = UInt8(ascii: "-")

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
