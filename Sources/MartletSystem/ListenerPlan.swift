internal import Listener
package import MartletConfig
internal import Reception
package import Supervisor

/// One listener of a configuration: its name, where it listens and what is spoken there.
struct ListenerPlan {
    enum Service {
        case smtp(ReceptionDoor)
        case imap
        case pop3
        case managesieve
    }

    var name: String
    var addresses: [HostPort]
    var service: Service
    var tlsMode: TLSMode
}

extension MartletConfig {
    var listeners: [ListenerPlan] {
        [
            ListenerPlan(name: "smtp", addresses: self.listen.smtp, service: .smtp(.exchange), tlsMode: .startTLS),
            ListenerPlan(
                name: "submission",
                addresses: self.listen.submission,
                service: .smtp(.submission),
                tlsMode: .startTLS
            ),
            ListenerPlan(
                name: "submissions",
                addresses: self.listen.submissions,
                service: .smtp(.submission),
                tlsMode: .implicit
            ),
            ListenerPlan(name: "lmtp", addresses: self.listen.lmtp, service: .smtp(.lmtp), tlsMode: .startTLS),
            ListenerPlan(name: "imap", addresses: self.listen.imap, service: .imap, tlsMode: .startTLS),
            ListenerPlan(name: "imaps", addresses: self.listen.imaps, service: .imap, tlsMode: .implicit),
            ListenerPlan(name: "pop3", addresses: self.listen.pop3, service: .pop3, tlsMode: .startTLS),
            ListenerPlan(name: "pop3s", addresses: self.listen.pop3s, service: .pop3, tlsMode: .implicit),
            ListenerPlan(
                name: "managesieve",
                addresses: self.listen.managesieve,
                service: .managesieve,
                tlsMode: .startTLS
            ),
        ]
    }

    /// The sockets a supervisor has to hold for this configuration.
    ///
    /// `[::]` takes IPv4 too, unless an IPv4 address has the same port.
    package var supervisedAddresses: [SupervisedAddress] {
        let addresses = self.listeners.flatMap { plan in plan.addresses.map { (plan.name, $0) } }
        let oldPorts = Set(addresses.filter { IPNetwork($0.1.host)?.octets.count == 4 }.map(\.1.port))
        return addresses.map { name, address in
            SupervisedAddress(
                name: name,
                host: address.host,
                port: address.port,
                isIPv6Only: oldPorts.contains(address.port)
            )
        }
    }
}
