import FuzzDriver
import MailTypes
import SASL

/// Property: a client's exchange, a line a message, never traps a mechanism and never lets it succeed unproved.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let bytes else { return 0 }
    let mechanisms = SASLMechanism.allCases
    let mechanism = mechanisms[Int(bytes[0]) % mechanisms.count]
    let lines = UnsafeBufferPointer(start: bytes + 1, count: count - 1).split(separator: 10).map(Array.init)
    var server = SASLServer(mechanism, offer: SASLOffer())
    var action = server.begin(initialResponse: lines.first)
    for line in lines.dropFirst() {
        switch action {
        case .challenge: action = server.responseReceived(line)
        case .verifyPassword: action = server.verificationEnded(.denied)
        case .succeed: preconditionFailure("success without proof")
        default: return 0
        }
    }
    return 0
}

@main
enum FuzzSASL {
    static func main() { fuzz(fuzzOne) }
}
