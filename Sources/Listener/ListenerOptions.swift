package import NIOCore

/// Where a listener takes its connections from.
package enum ListenPoint: Hashable, Sendable {
    /// A numeric address or a host name, `*` for all; port 0 lets the system choose.
    case address(host: String, port: Int)
    /// A socket that listens already and was inherited; the listener closes it when it stops.
    case descriptor(Int32)
}

/// When a listener's connections are encrypted.
package enum TLSMode: Hashable, Sendable {
    case none
    /// The session offers STARTTLS and asks for it.
    case startTLS
    /// From the first octet.
    case implicit
}

/// Why a connection is turned away at the door.
package enum ConnectionRefusal: Hashable, Sendable {
    case tooManyConnections
    /// All listeners together have as many as there are descriptors for.
    case tooManyAltogether
    case tooManyFromPeer
    case stopping
}

/// How one listener behaves.
package struct ListenerOptions: Sendable {
    /// Names the listener in log and trace.
    package var name: String
    package var points: [ListenPoint]
    package var tlsMode: TLSMode
    /// Connections at a time; more are refused with a line that says so. Each costs memory and a descriptor.
    package var connectionsMax: Int
    /// Connections at a time from one IPv4 address or IPv6 network of 64 bits; 0 means no limit.
    package var connectionsPerPeerMax: Int
    /// Peers that ``connectionsPerPeerMax`` does not bind.
    package var isExemptFromPeerLimit: @Sendable (SocketAddress) -> Bool
    /// What a refused client is told, in the listener's protocol; empty says nothing.
    package var refusalLine: @Sendable (ConnectionRefusal) -> String
    /// Octets of the first receive buffer, and the least it shrinks to: what an idle connection holds.
    package var receiveOctetsMin: Int
    /// Octets the receive buffer grows to while a client sends much.
    package var receiveOctetsMax: Int
    /// Connections the kernel keeps waiting; as many as the system allows at most (`net.core.somaxconn`).
    package var backlog: Int32

    package init(
        name: String,
        points: [ListenPoint],
        tlsMode: TLSMode = .none,
        connectionsMax: Int = 20_000,
        connectionsPerPeerMax: Int = 200,
        isExemptFromPeerLimit: @escaping @Sendable (SocketAddress) -> Bool = { PeerHost($0).isLoopback },
        refusalLine: @escaping @Sendable (ConnectionRefusal) -> String
    ) {
        self.name = name
        self.points = points
        self.tlsMode = tlsMode
        self.connectionsMax = connectionsMax
        self.connectionsPerPeerMax = connectionsPerPeerMax
        self.isExemptFromPeerLimit = isExemptFromPeerLimit
        self.refusalLine = refusalLine
        self.receiveOctetsMin = 1_024
        self.receiveOctetsMax = 65_536
        self.backlog = .max
    }
}
