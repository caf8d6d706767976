import MIME
import MailBytes
import MailTypes
import NIOCore
import SieveLanguage

/// A script, and behind a NUL the message that it runs on.
///
/// A script is refused with a reason or runs to an end; an error keeps the message; what actions take can be written,
/// and so can what they send; all of it stays within its bounds.
enum SieveProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let end = input.firstIndex(of: 0) ?? input.endIndex
        var limits = SieveLimits()
        limits.stepsMax = 200_000
        limits.regexStepsMax = 100_000
        limits.regexStatesMax = 2_000
        limits.editedMessageOctetsMax = 256 * 1_024
        let script = Array(input[..<end])
        let compilation = SieveCompiler(limits: limits).compile(script)
        try Self.checkDiagnostics(of: compilation, script, limits)
        guard let program = compilation.program else { return }
        let message = ByteBuffer(bytes: input[min(end + 1, input.count)...])
        let envelope = SieveEnvelope(sender: "a@sender.test", recipient: "b@example.org")
        let now = Instant(secondsSince1970: 1_784_000_000)
        let situation = SieveSituation(envelope: envelope, now: now, ownerAddresses: ["b@example.org"])
        let world = SieveWorldOfWords(limits: limits)
        let result = program.run(on: SieveMessage(message), situation: situation, world: world)
        try Self.checkBounds(of: result, limits)
        try Self.checkEditions(of: result, message)
        for planned in result.actions { try SieveMessageProperties.check(planned.action, about: message, now) }

        let traced = program.run(on: SieveMessage(message), situation: situation, world: world, isTracing: true)
        try require(traced.trace.count <= limits.traceEntriesMax, "a trace is bounded")
        // It evaluates conditions that the other passes over, so it may have no steps left where the other has.
        try require(
            traced.error?.kind == .limit || traced.actions == result.actions && traced.error == result.error,
            "a run that is traced does the same as one that is not"
        )
    }

    private static func checkDiagnostics(
        of compilation: SieveCompilation,
        _ script: [UInt8],
        _ limits: SieveLimits
    ) throws(BrokenProperty) {
        try require((compilation.program == nil) == !compilation.errors.isEmpty, "a script without errors is a program")
        try require(compilation.diagnostics.count <= limits.diagnosticsMax, "mistakes are told up to a bound")
        let lines = script.count { $0 == ASCII.lineFeed } + 1
        for diagnostic in compilation.diagnostics {
            try require(
                (1...lines).contains(diagnostic.position.line)
                    && (1...script.count + 1).contains(diagnostic.position.column),
                "a mistake has its place in the script, which \(diagnostic.position) is not"
            )
        }
    }

    private static func checkBounds(of result: SieveResult, _ limits: SieveLimits) throws(BrokenProperty) {
        try require(result.steps <= limits.stepsMax, "a run stays within its steps")
        try require(result.error == nil || result.implicitKeep != nil, "an error keeps the message")
        try require(result.error == nil || result.actions.isEmpty, "an error undoes what was planned")
        try require(result.actions.count <= limits.actionsMax, "actions are bounded")
        let redirects = result.actions.count { $0.action.name == "redirect" }
        try require(redirects <= limits.redirectsMax, "redirects are bounded")
        let notifications = result.actions.count { $0.action.name == "notify" }
        try require(notifications <= limits.notificationsMax, "notifications are bounded")
    }

    private static func checkEditions(of result: SieveResult, _ message: ByteBuffer) throws(BrokenProperty) {
        try require(
            result.editions.first?.isOriginal(octets: message.readableBytes) ?? false || message.readableBytes == 0,
            "the first edition is the message as it came"
        )
        try require(
            result.actions.allSatisfy { result.editions.indices.contains($0.edition) }
                && result.implicitKeep.map { result.editions.indices.contains($0.edition) } ?? true,
            "an action takes an edition that there is"
        )
        for edition in result.editions {
            var written = ByteBuffer()
            edition.write(message, into: &written)
            try require(written.readableBytes == edition.octets, "an edition has the octets that it says")
            guard message.readableBytesUInt8Span.hasOnlyCRLF, !message.readableBytesView.contains(0) else { continue }
            try require(
                written.readableBytesUInt8Span.hasOnlyCRLF && !written.readableBytesView.contains(0),
                "what is put into a message brings neither a bare line end nor a NUL with it"
            )
        }
    }
}
