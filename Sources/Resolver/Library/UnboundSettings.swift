internal import CUnbound
internal import Glibc
internal import MailTypes

/// Tells the library what the options say.
@safe
struct UnboundSettings {
    private let context: OpaquePointer

    init(_ context: OpaquePointer) {
        unsafe self.context = context
    }

    func apply(_ options: ResolverOptions) throws(ResolverError) {
        unsafe ub_ctx_debugout(self.context, nil)
        try self.check("its own thread", unsafe ub_ctx_async(self.context, 1))
        try self.setResources(options.limits)
        try self.setForwarders(options)
        try self.setStubZones(options.stubZones)
        try self.setTrust(options)
        try self.unblockZones(options)
    }

    /// The library's defaults are those of a tool that asks a few questions and ends.
    private func setResources(_ limits: ResolverLimits) throws(ResolverError) {
        // Records take the most; half of it for whole messages, a quarter for keys, as the library's manual advises.
        let share = max(1, limits.libraryCacheOctets / 7)
        try self.set("rrset-cache-size:", "\(share * 4)")
        try self.set("msg-cache-size:", "\(share * 2)")
        try self.set("key-cache-size:", "\(share)")
        try self.set("neg-cache-size:", "\(max(1, share / 4))")
        try self.set("num-queries-per-thread:", "\(max(1, limits.openQuestionsMax))")
        // Sockets for questions by UDP and TCP, opened when used. More than these wait for each other: with fewer by
        // UDP than questions may be open, names whose servers are dead would keep all others waiting.
        try self.set("outgoing-range:", "\(max(1, limits.openQuestionsMax))")
        try self.set("outgoing-num-tcp:", "256")
        try self.set("cache-max-ttl:", "\(limits.keptSecondsMax)")
        try self.set("cache-max-negative-ttl:", "\(limits.absenceKeptSecondsMax)")
        // A server that was down is tried again at once and not when its mark of being down has gone.
        try self.set("infra-keep-probing:", "yes")
        try self.set("infra-host-ttl:", "60")
        try self.set("rrset-roundrobin:", "no")
    }

    private func setForwarders(_ options: ResolverOptions) throws(ResolverError) {
        for server in options.forwarders {
            try self.check("forwarder \(server)", unsafe ub_ctx_set_fwd(self.context, Self.text(server)))
        }
        if options.usesSystemForwarders {
            try self.check("/etc/resolv.conf", unsafe ub_ctx_resolvconf(self.context, nil))
        }
        guard options.usesSystemForwarders || !options.forwarders.isEmpty else { return }
        // A site's own resolver knows the site's private networks.
        try self.set("unblock-lan-zones:", "yes")
    }

    private func setStubZones(_ zones: [ResolverOptions.StubZone]) throws(ResolverError) {
        for stub in zones {
            guard !stub.servers.isEmpty else { throw ResolverError("stub zone \(stub.zone)", "it has no server") }
            for server in stub.servers {
                let status = unsafe ub_ctx_set_stub(self.context, Self.text(stub.zone), Self.text(server), 0)
                try self.check("stub zone \(stub.zone)", status)
            }
        }
    }

    /// The library answers for private networks and reserved domains itself. RFC 6761 §6.2 keeps those from the
    /// Internet, not from the servers that a site names.
    ///
    /// The library checks whatever else it was told when it is first asked to remove one, so that a mistake is met here
    /// and not by the first message. Therefore one is always removed, if need be one that is not there.
    private func unblockZones(_ options: ResolverOptions) throws(ResolverError) {
        var zones: Set<DNSName> = []
        for stub in options.stubZones {
            var name: DNSName? = stub.zone
            while let zone = name, zone != .root {
                zones.insert(zone)
                name = zone.parent
            }
        }
        for zone in zones { try self.removeLocalZone(Self.text(zone)) }
        let hasForwarders = options.usesSystemForwarders || !options.forwarders.isEmpty
        try self.removeLocalZone(hasForwarders ? "test." : "nothing.invalid.")
    }

    private func removeLocalZone(_ zone: String) throws(ResolverError) {
        try self.check("configuration", unsafe ub_ctx_zone_remove(self.context, zone))
    }

    private func setTrust(_ options: ResolverOptions) throws(ResolverError) {
        switch options.trustAnchors {
        case .none: try self.set("module-config:", "iterator")
        case .file(let path):
            guard unsafe access(path, R_OK) == 0 else {
                throw ResolverError("trust anchors", "\(path) cannot be read; Debian's package dns-root-data has it")
            }
            try self.check("trust anchors in \(path)", unsafe ub_ctx_add_ta_file(self.context, path))
        case .records(let records):
            guard !records.isEmpty else { throw ResolverError("trust anchors", "none is given") }
            for record in records {
                try self.check("trust anchor \(record)", unsafe ub_ctx_add_ta(self.context, record))
            }
        }
        for zone in options.unsignedZones { try self.set("domain-insecure:", Self.text(zone)) }
    }

    private func set(_ option: String, _ value: String) throws(ResolverError) {
        try self.check("\(option) \(value)", unsafe ub_ctx_set_option(self.context, option, value))
    }

    private func check(_ operation: String, _ status: Int32) throws(ResolverError) {
        guard status != 0 else { return }
        throw ResolverError(operation, unsafe String(cString: ub_strerror(status)))
    }

    private static func text(_ server: DNSServerAddress) -> String { "\(server.address)@\(server.port)" }

    private static func text(_ zone: DNSName) -> String { zone == .root ? "." : "\(zone)." }
}
