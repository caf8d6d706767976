internal import ControlServer
internal import Directory
internal import FoundationEssentials
internal import MailQueue
internal import MailStore
internal import Operations

extension ControlOperations {
    /// Every administrative call, spoken as JSON.
    init(_ system: AdministeredSystem) {
        self.init()
        for call in AdministeredSystem.calls { self.add(call, system) }
    }

    private mutating func add<Call: AdministrativeCall>(_ call: Call.Type, _ system: AdministeredSystem) {
        self.add(Call.name) { input in
            let call: Call
            do {
                call = try JSONDecoder().decode(Call.self, from: Data(input))
            } catch {
                throw ControlError("the input of \(Call.name) is not what it takes: \(error)")
            }
            do {
                return Array(try JSONEncoder().encode(try await call.perform(on: system)))
            } catch let error as OperationError {
                throw ControlError(error.message)
            } catch let error as DirectoryError {
                throw ControlError(error.description, isCallersFault: error.code != .storage && error.code != .busy)
            }
        }
    }
}
