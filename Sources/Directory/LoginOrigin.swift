/// Where a login comes from, as far as its place in the queue goes: passwords of one network wait behind each other.
package enum LoginOrigin: Hashable, Sendable {
    /// An IPv4 address, or an IPv6 network of 64 bits, of which one customer has at least one.
    case network(UInt64)
    /// The owner of this server, who is never refused.
    case administration
}
