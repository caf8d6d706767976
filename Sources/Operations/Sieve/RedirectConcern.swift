package import Directory
package import MailTypes

/// What a script's author is told of an address to redirect to: that mail for it can only come back.
package struct RedirectConcern: Sendable {
    private let directory: Directory
    private let hasRoute: @Sendable (EmailAddress) -> Bool

    package init(_ directory: Directory, hasRoute: @escaping @Sendable (EmailAddress) -> Bool) {
        self.directory = directory
        self.hasRoute = hasRoute
    }

    /// - Returns: `nil` when mail for it gets somewhere.
    package func concern(_ text: String) -> String? {
        guard let address = try? readAddress(text) else { return nil }
        switch self.directory.resolve(.address(address)) {
        case .unknownUser: return "nobody here has this address"
        case .notLocal: return self.hasRoute(address) ? nil : "this server knows no way to \(address.domain.name)"
        case .local, .suspended: return nil
        }
    }
}
