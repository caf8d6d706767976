internal import MailTypes
package import MartletConfig
package import Operations
internal import Storage

/// Carries out administrative calls on the stored data while no program runs, as the user whose the data is when root
/// asks for it: what they write the server must be able to use.
package enum OfflineSystem {
    package static func perform<Call: AdministrativeCall>(
        _ call: Call,
        configuration: MartletConfig
    ) async throws -> Call.Output {
        try DataOwner(of: configuration.server.data)?.become()
        let services = try StoredServices.open(
            configuration,
            purpose: Call.isInspection ? .inspection : .service,
            clock: SystemClock()
        )
        defer { services.close() }
        return try await call.perform(on: services.administered(by: nil, configuration))
    }
}
