/// What the records say that messages named before: the keys and policies of who writes often are read once.
///
/// It goes by a record's text alone. The same text always means the same, whoever publishes it, so that nothing in here
/// is ever out of date; which text a name has now is asked of the DNS for each message.
package final class KnownRecords: Sendable {
    fileprivate let keys = TextMemo<Result<DKIMKey, SignatureProblem>>(
        countMax: SenderAuthLimits.knownRecordsMax,
        octetsMax: SenderAuthLimits.knownRecordOctetsMax,
        octets: { 2_048 + ((try? $0.get())?.record.publicKey.count ?? 0) },
        make: { text in Result { () throws(SignatureProblem) in try DKIMKey(text) } }
    )
    fileprivate let senderPolicies = TextMemo<Result<SPFRecord, SPFSyntaxError>>(
        countMax: SenderAuthLimits.knownRecordsMax,
        octetsMax: SenderAuthLimits.knownRecordOctetsMax,
        octets: { 256 * (1 + ((try? $0.get())?.directives.count ?? 0)) },
        make: { text in Result { () throws(SPFSyntaxError) in try SPFRecordParser.parse(text) } }
    )
    fileprivate let authorPolicies = TextMemo<DMARCRecord?>(
        countMax: SenderAuthLimits.knownRecordsMax,
        octetsMax: SenderAuthLimits.knownRecordOctetsMax,
        octets: { 256 * (1 + ($0?.aggregateReports.count ?? 0) + ($0?.failureReports.count ?? 0)) },
        make: { DMARCRecord($0) }
    )

    package init() {}
}

/// What a record says: looked up where records are kept, else read.
extension KnownRecords? {
    func key(_ text: [UInt8]) throws(SignatureProblem) -> DKIMKey {
        guard let self else { return try DKIMKey(text) }
        return try self.keys.value(of: text).get()
    }

    func senderPolicy(_ text: [UInt8]) throws(SPFSyntaxError) -> SPFRecord {
        guard let self else { return try SPFRecordParser.parse(text) }
        return try self.senderPolicies.value(of: text).get()
    }

    func authorPolicy(_ text: [UInt8]) -> DMARCRecord? {
        guard let self else { return DMARCRecord(text) }
        return self.authorPolicies.value(of: text)
    }
}
