internal import ArgumentParser
internal import ControlServer
internal import FoundationEssentials
internal import MartletConfig
internal import MartletSystem
internal import Operations
internal import Supervisor

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
        do {
            return try await self.reach(call, configuration)
        } catch let error as ControlConnectionError where error.isAbsent {
            return try await self.performOffline(call, configuration)
        }
    }

    /// Has the running program carry out a call. When a supervisor is about to start the next worker, that one does.
    ///
    /// - Throws: ``ControlConnectionError`` when none runs, or no worker comes up.
    func reach<Call: AdministrativeCall>(_ call: Call, _ configuration: MartletConfig) async throws -> Call.Output {
        let client = ControlClient(path: configuration.controlSocketPath, patience: Call.patience)
        let end = ContinuousClock.now + Self.betweenWorkersMax
        while true {
            do {
                return try client.perform(call)
            } catch let error as ControlConnectionError where error.isAbsent {
                let mayCome = SupervisorMark.process(in: configuration.server.data) != nil
                guard mayCome, ContinuousClock.now < end else { throw error }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// How long a worker may take to come up before it is thought not to.
    private static let betweenWorkersMax = Duration.seconds(5)

    private func performOffline<Call: AdministrativeCall>(
        _ call: Call,
        _ configuration: MartletConfig
    ) async throws -> Call.Output {
        do {
            return try await OfflineSystem.perform(call, configuration: configuration)
        } catch let error as OperationError where error == .notRunning {
            guard let process = SupervisorMark.process(in: configuration.server.data) else {
                throw CommandFailure("\(OperationError.notRunning)")
            }
            throw CommandFailure("no worker of process \(process) comes up; see its log. martlet stop ends it")
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
