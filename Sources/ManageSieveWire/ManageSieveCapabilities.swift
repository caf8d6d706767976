package import NIOCore

/// What a server can do on a connection, as it stands in its greeting and in its answer to CAPABILITY. RFC 5804 §1.7.
package struct ManageSieveCapabilities: Hashable, Sendable {
    /// Name and version of the program.
    package var implementation: String
    /// SASL mechanisms to be had now, in capitals.
    package var mechanisms: [String]
    /// What scripts may ask for with `require`.
    package var extensions: [String]
    /// Ways of notifying, as URI schemes; none when scripts cannot notify.
    package var notificationMethods: [String]
    /// URI schemes of external lists; none when scripts cannot ask lists. RFC 6134.
    package var listSchemes: [String] = []
    /// Redirects that one message may cause.
    package var redirectsMax: Int
    /// STARTTLS is to be had now.
    package var offersTLS: Bool
    /// Who is logged in; `nil` before login.
    package var owner: String?

    package init(
        implementation: String,
        mechanisms: [String],
        extensions: [String],
        notificationMethods: [String],
        redirectsMax: Int,
        offersTLS: Bool,
        owner: String?
    ) {
        self.implementation = implementation
        self.mechanisms = mechanisms
        self.extensions = extensions
        self.notificationMethods = notificationMethods
        self.redirectsMax = redirectsMax
        self.offersTLS = offersTLS
        self.owner = owner
    }
}

extension ByteBuffer {
    /// Appends a line for each capability. The `OK` behind them is not written.
    package mutating func writeManageSieveCapabilities(_ capabilities: ManageSieveCapabilities) {
        self.writeCapability("IMPLEMENTATION", capabilities.implementation)
        self.writeCapability("SASL", capabilities.mechanisms.joined(separator: " "))
        self.writeCapability("SIEVE", capabilities.extensions.joined(separator: " "))
        if !capabilities.notificationMethods.isEmpty {
            self.writeCapability("NOTIFY", capabilities.notificationMethods.joined(separator: " "))
        }
        if !capabilities.listSchemes.isEmpty {
            self.writeCapability("EXTLISTS", capabilities.listSchemes.joined(separator: " "))
        }
        self.writeCapability("MAXREDIRECTS", String(capabilities.redirectsMax))
        if capabilities.offersTLS { self.writeCapability("STARTTLS") }
        if let owner = capabilities.owner { self.writeCapability("OWNER", owner) }
        self.writeCapability("UNAUTHENTICATE")
        self.writeCapability("VERSION", "1.0")
    }

    private mutating func writeCapability(_ name: String, _ value: String? = nil) {
        self.writeManageSieveString(name)
        if let value {
            self.writeStaticString(" ")
            self.writeManageSieveString(value)
        }
        self.writeStaticString("\r\n")
    }
}
