internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// A script, and behind a NUL the message that it runs on.
///
/// A script is refused with a reason or runs to an end; an error keeps the message; what actions take can be written; the
/// steps stay within their bound.
enum SieveProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let end = input.firstIndex(of: 0) ?? input.endIndex
        var limits = SieveLimits()
        limits.stepsMax = 200_000
        limits.regexStepsMax = 100_000
        let compilation = SieveCompiler(limits: limits).compile(Array(input[..<end]))
        try require((compilation.program == nil) == !compilation.errors.isEmpty, "a script without errors is a program")
        guard let program = compilation.program else { return }
        let message = ByteBuffer(bytes: input[min(end + 1, input.count)...])
        let envelope = SieveEnvelope(sender: "a@sender.test", recipient: "b@example.org")
        let situation = SieveSituation(envelope: envelope, now: Instant(secondsSince1970: 1_784_000_000))
        let result = program.run(on: message, situation: situation, world: SieveEmptyWorld())
        try require(result.steps <= limits.stepsMax, "a run stays within its steps")
        try require(result.error == nil || result.implicitKeep != nil, "an error keeps the message")
        for edition in result.editions {
            var written = ByteBuffer()
            edition.write(message, into: &written)
            try require(written.readableBytes == edition.octets, "an edition has the octets that it says")
        }
    }
}
