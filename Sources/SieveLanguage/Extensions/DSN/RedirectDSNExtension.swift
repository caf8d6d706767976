internal import MailTypes

/// redirect-dsn and redirect-deliverby (RFC 6009 §5, §7), whole: `:notify`, `:ret`, `:bytimerelative`,
/// `:bytimeabsolute`, `:bymode` and `:bytrace` for redirect.
///
/// envelope-dsn and envelope-deliverby are parts of the envelope test (``EnvelopeTest``).
///
/// Limits: none of its own.
enum RedirectDSNExtension {
    static let words = SieveExtension(tags: [
        TagRule("notify", .redirectDSN, on: ["redirect"], value: .string),
        TagRule("ret", .redirectDSN, on: ["redirect"], value: .string),
        TagRule("bytimerelative", .redirectDeliverBy, on: ["redirect"], value: .number, group: "by time"),
        TagRule("bytimeabsolute", .redirectDeliverBy, on: ["redirect"], value: .string, group: "by time"),
        TagRule("bymode", .redirectDeliverBy, on: ["redirect"], value: .string),
        TagRule("bytrace", .redirectDeliverBy, on: ["redirect"]),
    ])
}

/// How a redirected message is to be delivered and reported on.
struct RedirectDeliveryArguments: Sendable {
    private let notify: SieveText?
    private let returns: SieveText?
    private let relative: UInt64?
    private let absolute: SieveText?
    private let mode: SieveText?
    private let traces: Bool

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.notify = call.string(tag: "notify").map(checker.text)
        self.returns = call.string(tag: "ret").map(checker.text)
        self.relative = call.number(tag: "bytimerelative")
        self.absolute = call.string(tag: "bytimeabsolute").map(checker.text)
        self.mode = call.string(tag: "bymode").map(checker.text)
        self.traces = call.has("bytrace")
        if let bytes = self.notify?.constant, Self.notifyWords(bytes) == nil {
            Self.refuse(checker, self.notify, "expected NEVER, or some of SUCCESS, FAILURE, DELAY")
            return nil
        }
        if let bytes = self.returns?.constant, Self.returnWord(bytes) == nil {
            Self.refuse(checker, self.returns, "expected FULL or HDRS")
            return nil
        }
        if let bytes = self.mode?.constant, Self.modeWord(bytes) == nil {
            Self.refuse(checker, self.mode, "expected NOTIFY or RETURN")
            return nil
        }
        if self.mode != nil || self.traces, self.relative == nil, self.absolute == nil {
            checker.error(at: call.position, "':bymode' and ':bytrace' need a time: expected ':bytimerelative'")
            return nil
        }
    }

    private static func refuse(_ checker: SieveChecker, _ text: SieveText?, _ expected: String) {
        guard let text, let bytes = text.constant else { return }
        checker.error(at: text.position, "'\(String(decoding: bytes, as: UTF8.self))' has no meaning here: \(expected)")
    }

    private static func notifyWords(_ bytes: [UInt8]) -> [String]? {
        let words = String(decoding: bytes, as: UTF8.self).uppercased().split(separator: ",").map(String.init)
        guard !words.isEmpty, words == ["NEVER"] || words.allSatisfy(["SUCCESS", "FAILURE", "DELAY"].contains) else {
            return nil
        }
        return words
    }

    private static func returnWord(_ bytes: [UInt8]) -> String? {
        let word = String(decoding: bytes, as: UTF8.self).uppercased()
        return ["FULL", "HDRS"].contains(word) ? word : nil
    }

    /// - Returns: Whether the message is to be returned then.
    private static func modeWord(_ bytes: [UInt8]) -> Bool? {
        switch String(decoding: bytes, as: UTF8.self).uppercased() {
        case "RETURN": true
        case "NOTIFY": false
        default: nil
        }
    }

    func apply(to redirect: inout SieveRedirect, _ run: SieveRun) throws(SieveRunError) {
        if let notify = self.notify {
            guard let words = Self.notifyWords(run.bytes(notify)) else {
                throw run.error(.value, "':notify' has no such value")
            }
            redirect.notify = words
        }
        if let returns = self.returns {
            guard let word = Self.returnWord(run.bytes(returns)) else {
                throw run.error(.value, "':ret' has no such value")
            }
            redirect.returns = word
        }
        redirect.deliverBy = try self.deliverBy(run)
    }

    private func deliverBy(_ run: SieveRun) throws(SieveRunError) -> SieveDeliverBy? {
        var seconds: Int64
        if let relative = self.relative {
            seconds = Int64(clamping: relative)
        } else if let absolute = self.absolute {
            guard let moment = ISODate.read(run.bytes(absolute)) else {
                throw run.error(.value, "':bytimeabsolute' is no date: expected one like '2026-12-31T12:00:00Z'")
            }
            seconds = moment.secondsSince1970 - run.situation.now.secondsSince1970
        } else {
            return nil
        }
        // What SMTP's BY can say. RFC 2852 §4.
        seconds = min(max(seconds, -999_999_999), 999_999_999)
        let mode = self.mode.map { Self.modeWord(run.bytes($0)) ?? false } ?? false
        return SieveDeliverBy(seconds: seconds, returns: mode, traces: self.traces)
    }
}
