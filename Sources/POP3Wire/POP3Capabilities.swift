/// What a server offers, as it stands in its answer to CAPA. RFC 2449 §6.
package struct POP3Capabilities: Hashable, Sendable {
    /// STLS is to be had now. RFC 2595 §4.
    package var offersTLS: Bool
    /// USER and PASS are taken now.
    package var offersUser: Bool
    /// SASL mechanisms to be had now, in capitals.
    package var mechanisms: [String]

    package init(offersTLS: Bool, offersUser: Bool, mechanisms: [String]) {
        self.offersTLS = offersTLS
        self.offersUser = offersUser
        self.mechanisms = mechanisms
    }

    /// The lines between `+OK` and the dot. `EXPIRE NEVER`: the server deletes nothing by itself.
    package var lines: [String] {
        var lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"]
        if self.offersTLS { lines.append("STLS") }
        if self.offersUser { lines.append("USER") }
        if !self.mechanisms.isEmpty { lines.append("SASL " + self.mechanisms.joined(separator: " ")) }
        lines.append("IMPLEMENTATION Martlet")
        return lines
    }
}
