/// A script that was found right: made once, and run on any number of messages by any number of threads.
package final class SieveProgram: Sendable {
    /// What the script was called when it was compiled; it tells scripts apart in errors and traces.
    package let name: String
    /// What it asked for.
    package let capabilities: Set<SieveCapability>
    let block: CheckedBlock
    /// Names of its own variables, by number.
    let variables: [String]
    /// Whether match values have to be kept.
    let usesVariables: Bool
    package let limits: SieveLimits
    package let settings: SieveSettings

    init(
        _ block: CheckedBlock,
        name: String,
        capabilities: Set<SieveCapability>,
        variables: [String],
        limits: SieveLimits,
        settings: SieveSettings
    ) {
        self.name = name
        self.capabilities = capabilities
        self.block = block
        self.variables = variables
        self.usesVariables = capabilities.contains(.variables)
        self.limits = limits
        self.settings = settings
    }
}

/// What checking a script came to.
package struct SieveCompilation: Sendable {
    /// `nil` when there are errors.
    package let program: SieveProgram?
    /// Errors and warnings in the order of the script.
    package let diagnostics: [SieveDiagnostic]

    package var errors: [SieveDiagnostic] { self.diagnostics.filter { $0.severity == .error } }
    package var warnings: [SieveDiagnostic] { self.diagnostics.filter { $0.severity == .warning } }
}
