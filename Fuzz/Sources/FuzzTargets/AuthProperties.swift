import MIME
import MailBytes
import MailTypes
import NIOCore
import SenderAuth

/// A zone, and behind a NUL the message whose sender is looked for in it; see ``AuthZone``.
///
/// A check ends after a bounded number of questions, comes to the same however body and answers arrive, and what it
/// found can be written into a header field that says the same when it is read.
enum AuthProperties {
    /// 2025-10-09.
    static let now = Instant(secondsSince1970: 1_760_000_000)

    /// SPF of two identities (123 each), the keys of ten signatures and of fifty ARC sets, and the records on the way
    /// from four authors' domains and twelve aligned ones each to the root.
    private static let questionsMax = 2 * 123 + 10 + 100 + 4 * 13 * 8

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let end = input.firstIndex(of: 0) ?? input.endIndex
        let zone = AuthZone(input[..<end])
        let message = Array(input[min(end + 1, input.count)...])
        try AuthRecordProperties.check(zone, message)

        let finder = OrganizationFinder.publicSuffixList(PublicSuffixList("com\norg\n*.test\n!www.test\n".utf8))
        let first = try Self.run(message, zone, finder, [ByteBuffer(bytes: message)], latestFirst: false)
        let cut = Cut.ways(for: message)[0]
        let second = try Self.run(message, zone, finder, cut.pieces(of: message), latestFirst: true)
        try require(
            first.spf == second.spf && first.spfHELO == second.spfHELO && first.dkim == second.dkim
                && first.arc == second.arc && first.dmarc == second.dmarc,
            "a check comes to the same however body and answers arrive"
        )
        try Self.checkFields(of: first, zone)
        // Signing costs more than all the rest, so an input is tried with one form of it or without.
        switch input.reduce(0, ^) & 3 {
        case 0: try AuthSigningProperties.checkSignature(message, .relaxed)
        case 1: try AuthSigningProperties.checkSignature(message, .simple)
        case 2: try AuthSigningProperties.checkSeal(message, first)
        default: _ = try Self.run(message, zone, .treeWalk, [], latestFirst: false)
        }
    }

    /// - Parameter pieces: the message as it arrives.
    private static func run(
        _ message: [UInt8],
        _ zone: AuthZone,
        _ finder: OrganizationFinder,
        _ pieces: [ByteBuffer],
        latestFirst: Bool
    ) throws(BrokenProperty) -> SenderAuthenticationResult {
        let request = SenderAuthenticationRequest(
            client: zone.client,
            helo: zone.helo,
            mailFrom: zone.mailFrom,
            receiver: "mx.example.com",
            now: Self.now,
            finder: finder
        )
        var check = SenderAuthentication(header: message.span, request)
        var open = check.begin()
        var asked: Set<DNSQuestion> = []
        var position = 0
        let bodyStart = HeaderScanner.headerOctets(of: message.span)
        for piece in pieces {
            let skipped = min(max(0, bodyStart - position), piece.readableBytes)
            check.bodyReceived(piece.readableBytesUInt8Span.extracting(skipped..<piece.readableBytes))
            position += piece.readableBytes
        }
        while let question = latestFirst ? open.popLast() : open.first {
            if !latestFirst { open.removeFirst() }
            try require(asked.insert(question).inserted, "nothing is asked twice, which \(question) is")
            try require(asked.count <= Self.questionsMax, "questions are bounded")
            open += check.answered(question, zone.answer(question))
        }
        try require(!check.isWaiting, "a check that waits has asked")
        return check.result()
    }

    /// Each field that is written is a single one, and says what was found.
    private static func checkFields(of result: SenderAuthenticationResult, _ zone: AuthZone) throws(BrokenProperty) {
        let results = result.authenticationResults(host: "mx.example.com")
        let read = try AuthRecordProperties.reread(results, "what was found")
        let matches = zip(read.results, results.results).allSatisfy { $0.method == $1.method && $0.result == $1.result }
        try require(
            read.results.count == results.results.count && read.host == results.host && matches,
            "what was found is read as it was written"
        )
        let request = SPFRequest(
            client: zone.client,
            helo: zone.helo,
            mailFrom: zone.mailFrom,
            receiver: "mx.example.com",
            now: Self.now
        )
        try AuthRecordProperties.requireField(ReceivedSPF.field(result.spf, request), named: "received-spf")
    }
}
