/// What both ends know about their TLS connection and nobody in the middle can know. RFC 5056, RFC 5929, RFC 9266.
package struct SASLChannelBindings: Hashable, Sendable {
    /// The hash of the server's certificate. RFC 5929 §4.1.
    package var serverEndPoint: [UInt8]?
    /// 32 octets exported from the TLS session with the label `EXPORTER-Channel-Binding`. RFC 9266 §4.2.
    package var exporter: [UInt8]?

    package init(serverEndPoint: [UInt8]? = nil, exporter: [UInt8]? = nil) {
        self.serverEndPoint = serverEndPoint
        self.exporter = exporter
    }

    package var isEmpty: Bool { self.serverEndPoint == nil && self.exporter == nil }

    /// The data for a binding by its registered name; `nil` when this connection has none of that name.
    func data(named name: String) -> [UInt8]? {
        switch name {
        case Self.exporterName: self.exporter
        case Self.serverEndPointName: self.serverEndPoint
        default: nil
        }
    }

    /// The binding a client should use: the one tied closest to the session.
    var preferred: (name: String, data: [UInt8])? {
        if let exporter = self.exporter { return (Self.exporterName, exporter) }
        if let serverEndPoint = self.serverEndPoint { return (Self.serverEndPointName, serverEndPoint) }
        return nil
    }

    static let exporterName = "tls-exporter"
    static let serverEndPointName = "tls-server-end-point"
}
