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
            bounds: .notEmpty,
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
}
