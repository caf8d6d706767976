internal import ArgumentParser
internal import Glibc
internal import MailTypes
internal import MartletConfig
internal import MartletSystem
internal import Operations
internal import Resolver

/// Whom a command asks the DNS through, and how it prints what it found.
struct InquiryOptions: ParsableArguments {
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions
    @Option(help: "Ask this server, ADDRESS or ADDRESS:PORT, instead of whom the configuration or the system names.")
    var dns: String?
    @Option(help: "A file with DNSSEC trust anchors for --dns; without one, signatures are not checked.")
    var anchors: String?

    func validate() throws {
        guard self.anchors == nil || self.dns != nil else {
            throw ValidationError("--anchors goes with --dns; the configuration has resolver.trust_anchors.")
        }
    }

    func inspection(publicSuffixList: String? = nil) throws -> SenderInspection {
        let configuration = try self.site.configurationIfPresent()
        var inspection = SenderInspection(resolver: try self.options(configuration), now: SystemClock().now)
        inspection.receiver = configuration?.server.hostname ?? "localhost"
        inspection.publicSuffixList = publicSuffixList
        return inspection
    }

    func print(_ report: SenderReport) throws {
        try self.output.print(report, \.text)
    }

    /// The server that was named, else whom the configuration names, else the system's.
    private func options(_ configuration: MartletConfig?) throws -> ResolverOptions {
        if let dns {
            guard let server = DNSServerAddress(dns) else {
                throw CommandFailure("'\(dns)' is no DNS server. Give something like 127.0.0.1:5353 or [::1]:53")
            }
            return .asking(server, trustAnchors: self.anchors.map { .file($0) } ?? .none)
        }
        if let configuration { return configuration.resolverOptions }
        var options = ResolverOptions()
        options.usesSystemForwarders = true
        // Whether the system's resolver hands signatures on is not known.
        options.trustAnchors = .none
        return options
    }
}

extension Site {
    /// `nil` when no configuration was named and there is none at the usual place.
    func configurationIfPresent() throws -> MartletConfig? {
        let path = try self.configurationPath()
        let isThere = unsafe access(path, F_OK) == 0
        guard isThere || path != Self.systemConfiguration else { return nil }
        return try self.configuration()
    }
}
