package import MailTypes
package import NIOCore

/// Who is at the other end of a connection, and by which door it came.
package final class ConnectionInfo: Sendable {
    /// The connection's name in the log, the trace and `Received:`.
    package let id: TimeSortedID
    /// The listener's name from the configuration, such as `submission`.
    package let listener: String
    package let peer: SocketAddress
    package let local: SocketAddress?
    /// The peer's address without port: `192.0.2.1`, `2001:db8::1`; empty for sockets that have none.
    package let peerText: String
    /// What the peer is counted under: an IPv4 address, or an IPv6 network of 64 bits.
    package let countingKey: UInt64
    /// Both ends are on this machine, so that nobody else can read along.
    package let isLoopback: Bool

    package init(id: TimeSortedID, listener: String, peer: SocketAddress, local: SocketAddress?) {
        self.id = id
        self.listener = listener
        self.peer = peer
        self.local = local
        let host = PeerHost(peer)
        self.peerText = host.text
        self.countingKey = host.countingKey
        self.isLoopback = host.isLoopback
    }
}
