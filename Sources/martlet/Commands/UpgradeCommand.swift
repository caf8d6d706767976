internal import ArgumentParser
internal import ControlServer
internal import FoundationEssentials
internal import MartletConfig
internal import MartletSystem
internal import Operations

/// `martlet upgrade`
struct UpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Go on with the program that is installed now, without refusing a connection.",
        discussion: """
            Install the new program in place of the one that runs (rename it over the old file), then call this. The new
            program is asked first whether it can serve with the configuration and the data; if not, nothing changes.
            What was begun is finished (server.upgrade_timeout), new connections wait in the meantime.
            Example: install -T martlet.new /usr/bin/martlet && martlet upgrade
            """
    )
    @OptionGroup var site: Site
    @OptionGroup var output: OutputOptions

    /// How long the new program may take to answer, besides the time the old one has to finish.
    private static let patience = Duration.seconds(60)

    func run() async throws {
        let configuration = try self.site.configuration()
        let client = ControlClient(path: configuration.controlSocketPath)
        let old: Upgrade.Output
        do {
            old = try await self.site.reach(Upgrade(), configuration)
        } catch let error as ControlConnectionError where error.isAbsent {
            throw CommandFailure("Martlet is not running; the new program is used when it starts")
        }
        let status = try await self.waitForSuccessor(of: old, client, configuration.server.upgradeTimeout)
        try self.output.print(status) { "Martlet \($0.version) serves now, process \($0.process)." }
    }

    private func waitForSuccessor(
        of old: Upgrade.Output,
        _ client: ControlClient,
        _ timeout: Duration
    ) async throws -> Status.Output {
        let end = ContinuousClock.now + timeout + Self.patience
        while ContinuousClock.now < end {
            // Nobody answers for a moment: that is what is waited for.
            if let status = try? client.perform(Status()), status.process != old.worker { return status }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CommandFailure("The upgrade was begun, but nothing serves yet; see the log")
    }
}
