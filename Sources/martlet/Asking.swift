internal import ArgumentParser
internal import ControlServer
internal import FoundationEssentials
internal import MartletConfig
internal import MartletSystem
internal import Operations

extension Site {
    /// Has the running program carry out a call; when none runs, carries it out here on the stored data.
    func ask<Call: AdministrativeCall>(_ call: Call) async throws -> Call.Output {
        let configuration = try self.configuration()
        let client = ControlClient(path: configuration.controlSocketPath)
        let (status, answer): (Int, [UInt8])
        do {
            (status, answer) = try client.perform(Call.name, input: Array(try JSONEncoder().encode(call)))
        } catch let error as ControlConnectionError where error.isAbsent {
            return try await self.performOffline(call, configuration)
        } catch {
            throw CommandFailure("\(error)")
        }
        guard status == 200 else {
            let failure = try? JSONDecoder().decode([String: String].self, from: Data(answer))
            throw CommandFailure(failure?["error"] ?? "the program answered with status \(status)")
        }
        return try JSONDecoder().decode(Call.Output.self, from: Data(answer))
    }

    private func performOffline<Call: AdministrativeCall>(
        _ call: Call,
        _ configuration: MartletConfig
    ) async throws -> Call.Output {
        do {
            return try await OfflineSystem.perform(call, configuration: configuration)
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
