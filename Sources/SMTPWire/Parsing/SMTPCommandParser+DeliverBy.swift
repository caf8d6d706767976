internal import MailBytes
internal import MailTypes

extension SMTPCommandParser {
    ///     by-value = by-time ";" by-mode [by-trace]
    ///     by-time  = ["-" / "+"] 1*9DIGIT    ; zero and less not with a by-mode of "R"
    ///     by-mode  = "N" / "R"
    ///     by-trace = "T"
    ///
    /// RFC 2852 §4.
    static func deliverBy(
        _ parameter: SMTPParameter,
        _ bytes: Span<UInt8>
    ) throws(SMTPSyntaxError) -> DeliverByRequest {
        let value = try Self.value(parameter, atMost: 13)
        var cursor = SMTPCursor(end: value.upperBound)
        cursor.position = value.lowerBound
        let isNegative = cursor.skip(UInt8(ascii: "-"), bytes)
        if !isNegative { _ = cursor.skip(UInt8(ascii: "+"), bytes) }
        let start = cursor.position
        guard let number = try? cursor.takeNumber(bytes), cursor.position - start <= 9,
            cursor.skip(UInt8(ascii: ";"), bytes)
        else { throw SMTPSyntaxError(.parameterValue, at: value.lowerBound) }
        let mode: DeliverByRequest.Mode
        if cursor.skip(UInt8(ascii: "R"), bytes) || cursor.skip(UInt8(ascii: "r"), bytes) {
            mode = .giveBack
        } else if cursor.skip(UInt8(ascii: "N"), bytes) || cursor.skip(UInt8(ascii: "n"), bytes) {
            mode = .notify
        } else {
            throw SMTPSyntaxError(.parameterValue, at: cursor.position)
        }
        let isTraced = cursor.skip(UInt8(ascii: "T"), bytes) || cursor.skip(UInt8(ascii: "t"), bytes)
        guard cursor.isAtEnd else { throw SMTPSyntaxError(.parameterValue, at: cursor.position) }
        guard mode == .notify || (!isNegative && number > 0) else {
            throw SMTPSyntaxError(.parameterValue, at: value.lowerBound)
        }
        return DeliverByRequest(seconds: isNegative ? -number : number, mode: mode, isTraced: isTraced)
    }
}
