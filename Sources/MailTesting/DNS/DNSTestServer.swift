internal import Foundation

/// A real authoritative name server (Debian's nsd) on a port of 127.0.0.1, with zones made for one test.
///
/// Zones marked as signed are signed with new keys. A zone below another one of the test gets its DS record there, if
/// both are signed. The server ends with ``stop()``, and also when the test's process does, however that ends.
package final class DNSTestServer {
    package let port: UInt16
    /// A DS record for each signed zone, by the zone's name.
    package let anchors: [String: String]
    private var process: GuardedProcess?

    package static func with<R>(_ zones: [TestZone], _ body: (DNSTestServer) async throws -> R) async throws -> R {
        try await TemporaryFolder.with { folder in
            let server = try DNSTestServer(zones, folder: folder.path)
            defer { server.stop() }
            return try await body(server)
        }
    }

    package init(_ zones: [TestZone], folder: String) throws {
        let executable = try TestTool.path("nsd", package: "nsd")
        self.anchors = try Self.write(zones, in: folder)
        guard let port = LoopbackSocket.freePort() else { throw TestToolError("no port is free") }
        self.port = port
        let configuration = Self.configuration(zones, port: port, folder: folder)
        try configuration.write(toFile: "\(folder)/nsd.conf", atomically: true, encoding: .utf8)
        self.process = try GuardedProcess([executable, "-d", "-c", "\(folder)/nsd.conf"])
        guard self.waitUntilItAnswers() else {
            self.stop()
            let log = try? String(contentsOfFile: "\(folder)/nsd.log", encoding: .utf8)
            throw TestToolError("nsd does not answer at port \(port): \(log ?? "it wrote no log")")
        }
    }

    /// Ends the server and waits until it is gone.
    package func stop() {
        self.process?.stop()
        self.process = nil
    }

    /// Writes the zone files, deepest zones first, as those above vouch for them; returns the signed ones' anchors.
    private static func write(_ zones: [TestZone], in folder: String) throws -> [String: String] {
        var anchors: [String: String] = [:]
        for zone in zones.sorted(by: { $0.name.utf8.count > $1.name.utf8.count }) {
            var text = zone.text
            if zone.signing != .unsigned {
                let below = anchors.filter { $0.key.hasSuffix(".\(zone.name)") }.values.sorted()
                let signed = try ZoneSigner.sign(zone, vouching: below, in: folder)
                anchors[zone.name] = signed.anchor
                text = signed.text
            }
            try zone.alteration(text).write(toFile: "\(folder)/\(zone.name).zone", atomically: true, encoding: .utf8)
        }
        return anchors
    }

    private static func configuration(_ zones: [TestZone], port: UInt16, folder: String) -> String {
        let server = """
            server:
              ip-address: 127.0.0.1@\(port)
              username: ""
              zonesdir: "\(folder)"
              database: ""
              pidfile: ""
              logfile: "\(folder)/nsd.log"
              xfrdfile: "\(folder)/xfrd.state"
              xfrdir: "\(folder)"
              zonelistfile: "\(folder)/zone.list"
              server-count: 1
              rrl-ratelimit: 0
            remote-control:
              control-enable: no

            """
        return server
            + zones.map { "zone:\n  name: \"\($0.name)\"\n  zonefile: \"\($0.name).zone\"\n" }.joined()
    }

    /// Two minutes at most: where all tests run at once, starting a program takes its time.
    private func waitUntilItAnswers() -> Bool {
        guard let socket = LoopbackSocket(SOCK_DGRAM) else { return false }
        defer { socket.close() }
        // The root's SOA: whatever the answer is, there is one.
        let question: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1]
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            if socket.ask(self.port, question) != nil { return true }
            usleep(50_000)
        }
        return false
    }
}
