internal import Dispatch
internal import MailTypes
internal import Reception
internal import Resolver
internal import SenderAuth
internal import Synchronization

/// Checking a message's sender as reception does, from the message's octets to the field that says what was found,
/// with a name server whose answers the resolver has kept since the first run.
struct SenderWork: RepeatedWork {
    private let resolver: Resolver
    private let checker: SenderChecker
    private let message: [UInt8]
    private let request: SenderAuthenticationRequest

    /// - Parameter server: address and port of the name server that knows the sender's domains.
    init(server: String, message: String) throws {
        guard let address = DNSServerAddress(server) else { throw RatesFailure("'\(server)' is no name server") }
        self.resolver = try Resolver.open(.asking(address))
        let list = PublicSuffixList(
            try RatesFailure.contents(of: "/usr/share/publicsuffix/public_suffix_list.dat")
        )
        self.checker = SenderChecker(resolver: self.resolver, finder: { .publicSuffixList(list) })
        self.message = try RatesFailure.contents(of: message)
        self.request = SenderAuthenticationRequest(
            client: .v4(0x7F00_0001),
            helo: "load.test",
            mailFrom: EmailAddress(localPart: "load", domain: Domain("sender.test")),
            receiver: "mx.martlet.test",
            now: Instant(secondsSince1970: 1_800_000_000),
            finder: .publicSuffixList(list)
        )
    }

    func run() -> String {
        let verdicts = Mutex("")
        let isDone = DispatchSemaphore(value: 0)
        let message = self.message
        self.checker.check(message.span, self.request) { result in
            let field = result.authenticationResults(host: "mx.martlet.test").field()
            let words = [result.spf.verdict, result.dmarc.verdict] + result.dkim.map(\.verdict)
            verdicts.withLock { $0 = field.isEmpty ? "" : words.map(\.rawValue).joined(separator: " ") }
            isDone.signal()
        }
        isDone.wait()
        return verdicts.withLock { $0 }
    }
}
