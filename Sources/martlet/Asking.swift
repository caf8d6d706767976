internal import ArgumentParser
internal import ControlServer
internal import FoundationEssentials
internal import MartletConfig
internal import MartletSystem
internal import Operations

extension ControlClient {
    /// Has the running program carry out a call.
    ///
    /// - Throws: ``ControlConnectionError`` when none runs, else a ``CommandFailure``.
    func perform<Call: AdministrativeCall>(_ call: Call) throws -> Call.Output {
        let (status, answer): (Int, [UInt8])
        do {
            (status, answer) = try self.perform(Call.name, input: Array(try JSONEncoder().encode(call)))
        } catch let error as ControlConnectionError where !error.isAbsent {
            throw CommandFailure("\(error)")
        }
        guard status == 200 else {
            let failure = try? JSONDecoder().decode([String: String].self, from: Data(answer))
            throw CommandFailure(failure?["error"] ?? "the program answered with status \(status)")
        }
        return try JSONDecoder().decode(Call.Output.self, from: Data(answer))
    }
}

extension Site {
    /// Has the running program carry out a call; when none runs, carries it out here on the stored data.
    func ask<Call: AdministrativeCall>(_ call: Call) async throws -> Call.Output {
        let configuration = try self.configuration()
        let client = ControlClient(path: configuration.controlSocketPath, patience: Call.patience)
        do {
            return try client.perform(call)
        } catch let error as ControlConnectionError where error.isAbsent {
            return try await self.performOffline(call, configuration)
        }
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
