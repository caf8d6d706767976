/// Whether all URIs name methods that can be used. RFC 5435 §4.
final class ValidMethodTest: CheckedTest {
    let position: SievePosition
    private let methods: [SieveText]
    var name: String { "valid_notify_method" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.methods = checker.texts(call.strings(0))
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        self.methods.allSatisfy { MailtoURI.fault(in: run.bytes($0)) == nil }
    }
}

/// Compares what is known of a method. RFC 5435 §5; RFC 5436 §2.6: nobody knows whether mail is read at once.
final class MethodCapabilityTest: CheckedTest {
    let position: SievePosition
    private let match: MatchRule
    private let method: SieveText
    private let capability: SieveText
    private let keys: SieveKeys
    var name: String { "notify_method_capability" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.match = call.match
        self.method = checker.text(call.string(0))
        self.capability = checker.text(call.string(1))
        self.keys = checker.keys(call.strings(2), for: call.match)
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        var session = try MatchSession(self.match, self.keys, run)
        guard MailtoURI(run.bytes(self.method)) != nil else { return false }
        let capability = run.string(self.capability).lowercased()
        let answer = run.world.notificationCapability(capability, of: run.string(self.method))
        guard let value = answer ?? (capability == "online" ? "maybe" : nil) else { return false }
        return try session.decide(Array(value.utf8), run)
    }
}
