package import MailTypes
internal import SenderAuth

extension DKIMSigning {
    /// The three fields of the message's next ARC set, by what a host wrote down of its sender. RFC 8617 §5.1.
    ///
    /// - Parameters:
    ///   - message: lines ending in CRLF.
    ///   - host: whose Authentication-Results is believed, the first of it.
    package func seal(for message: [UInt8], host: String, now: Instant) throws(OperationError) -> [UInt8] {
        let sealer = ARCSealer(try self.options())
        let fields: [UInt8]?
        do throws(DKIMKeyError) {
            fields = try sealer.fields(handingOn: message.span, keptAs: message.span, host: host, now: now)
        } catch {
            throw OperationError("the message cannot be sealed: \(error)")
        }
        guard let fields else {
            throw OperationError(
                "there is nothing to seal: the message has no Authentication-Results of '\(host)' with a result for "
                    + "arc, or its chain is at its end"
            )
        }
        return fields
    }
}
