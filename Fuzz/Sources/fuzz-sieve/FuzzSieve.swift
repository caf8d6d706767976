import FuzzDriver
import MailTypes
import NIOCore
import SieveLanguage

/// A script, and behind a NUL the message that it runs on.
///
/// Property: a script is refused with a reason or runs to an end; an error keeps the message; what actions take can be
/// written; the steps stay within their bound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    let end = input.firstIndex(of: 0) ?? input.endIndex
    var limits = SieveLimits()
    limits.stepsMax = 200_000
    limits.regexStepsMax = 100_000
    let compilation = SieveCompiler(limits: limits).compile(Array(input[..<end]))
    precondition((compilation.program == nil) == !compilation.errors.isEmpty)
    guard let program = compilation.program else { return 0 }
    let message = ByteBuffer(bytes: input[min(end + 1, count)...])
    let envelope = SieveEnvelope(sender: "a@sender.test", recipient: "b@example.org")
    let situation = SieveSituation(envelope: envelope, now: Instant(secondsSince1970: 1_784_000_000))
    let result = program.run(on: message, situation: situation, world: SieveEmptyWorld())
    precondition(result.steps <= limits.stepsMax)
    precondition(result.error == nil || result.implicitKeep != nil)
    for edition in result.editions {
        var written = ByteBuffer()
        edition.write(message, into: &written)
        precondition(written.readableBytes == edition.octets)
    }
    return 0
}

@main
enum FuzzSieve {
    static func main() { fuzz(fuzzOne) }
}
