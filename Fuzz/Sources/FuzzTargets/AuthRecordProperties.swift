import MIME
import MailBytes
import MailTypes
import SenderAuth

/// Single records and fields: read without a trap, bounded, and written so that they read the same.
enum AuthRecordProperties {
    static func check(_ zone: AuthZone, _ message: [UInt8]) throws(BrokenProperty) {
        for text in zone.texts {
            _ = try? DKIMKeyRecord(text)
            if let record = DMARCRecord(text) { try Self.check(record) }
            try Self.check(AuthenticationResults(String(decoding: text, as: UTF8.self)))
            try Self.check(PublicSuffixList(text), DNSName(zone.helo))
        }
        var scanner = HeaderScanner()
        let name: HeaderName = "Authentication-Results"
        while let field = scanner.next(in: message.span) {
            guard name.matches(field.name, in: message.span) else { continue }
            try Self.check(AuthenticationResults(field.value, in: message.span))
        }
        var end = 0
        for forged in AuthenticationResults.forgedFields(in: message.span, host: "mx.example.com") {
            try require(
                forged.lowerBound >= end && forged.upperBound <= message.count && !forged.isEmpty,
                "forged fields stand one behind the other in the message"
            )
            end = forged.upperBound
        }
    }

    private static func check(_ record: DMARCRecord) throws(BrokenProperty) {
        try require((0...100).contains(record.percent), "a percentage is one")
        let addresses = record.aggregateReports + record.failureReports
        try require(addresses.count <= 2 * SenderAuthLimits.reportAddressesMax, "addresses for reports are bounded")
        try require(addresses.allSatisfy { $0.octetsMax ?? 0 >= 0 }, "a report's size is none below zero")
    }

    private static func check(_ list: PublicSuffixList, _ name: DNSName?) throws(BrokenProperty) {
        guard let name, let organization = list.organizationalDomain(of: name) else { return }
        try require(name.isEqualOrBelow(organization), "a name is at or below its organisation's domain")
        try require(!list.isPublicSuffix(organization), "an organisation's domain is no public suffix")
    }

    private static func check(_ results: AuthenticationResults?) throws(BrokenProperty) {
        guard let results else { return }
        try require(results.results.count <= SenderAuthLimits.resultsMax, "results are bounded")
        // Escapes may make a field of others too long to be read again.
        guard results.field().count <= SenderAuthLimits.resultsOctetsMax else { return }
        let read = try Self.reread(results, "others' results")
        try require(
            read.results.map(\.method) == results.results.map(\.method)
                && read.results.map(\.properties.count) == results.results.map(\.properties.count),
            "others' results are read as they were written"
        )
    }

    /// What a field says that was written of results. Written once more it says the same.
    static func reread(_ results: AuthenticationResults, _ what: String) throws(BrokenProperty) -> AuthenticationResults
    {
        let field = results.field()
        try Self.requireField(field, named: "authentication-results")
        let value = "Authentication-Results:".utf8.count..<field.count
        let read = try requireValue(AuthenticationResults(value, in: field.span), "\(what) can be written and read")
        let again = read.field()
        try require(
            AuthenticationResults(value.lowerBound..<again.count, in: again.span) == read,
            "\(what) are the same when they are written and read again"
        )
        return read
    }

    /// Octets of ours are one header field, whatever stands in it.
    static func requireField(_ octets: [UInt8], named name: String) throws(BrokenProperty) {
        try require(octets.span.hasOnlyCRLF && !octets.contains(0), "\(name) has no bare line end and no NUL")
        var scanner = HeaderScanner()
        let field = try requireValue(scanner.next(in: octets.span), "\(name) is a field")
        try require(
            String(decoding: octets[field.name], as: UTF8.self).lowercased() == name && field.whole == 0..<octets.count,
            "\(name) is one field and no more"
        )
    }
}
