internal import CUnbound
internal import MailTypes

/// What libunbound found out about one question.
struct LibraryAnswer: Sendable {
    let question: DNSQuestion
    let outcome: DNSOutcome
    /// How long it may be kept.
    let seconds: UInt32

    init(question: DNSQuestion, outcome: DNSOutcome, seconds: UInt32 = 0) {
        self.question = question
        self.outcome = outcome
        self.seconds = seconds
    }

    /// Reads the library's result. Whatever is not plainly an answer is a failure for now: "no record" is believed
    /// only when the result says so and nothing in it contradicts. Lesson L14.
    @unsafe
    init(question: DNSQuestion, error: Int32, result: UnsafePointer<ub_result>?, limits: ResolverLimits) {
        self.question = question
        guard error == 0, let result = unsafe result?.pointee else {
            self.outcome = .failure(.temporary(reason: unsafe String(cString: ub_strerror(error))))
            self.seconds = 0
            return
        }
        self.seconds = UInt32(clamping: unsafe result.ttl)
        self.outcome = unsafe Self.outcome(of: result, question, limits)
    }

    private static func outcome(
        of result: ub_result,
        _ question: DNSQuestion,
        _ limits: ResolverLimits
    ) -> DNSOutcome {
        if unsafe result.bogus != 0 {
            let reason = unsafe result.why_bogus.map { unsafe String(cString: $0) } ?? "the signatures do not match"
            return .failure(.bogus(reason: Self.printable(reason, limits)))
        }
        switch unsafe result.rcode {
        case 0: break
        case 3: return unsafe result.havedata == 0 ? .failure(.nxdomain) : Self.failed("a name both is and is not")
        case 2: return Self.failed("no server of \(question.name) gave an answer, SERVFAIL")
        case let code: return Self.failed("the answer's code is \(code)")
        }
        guard unsafe result.havedata != 0 else { return .failure(.noData) }
        let records = unsafe Self.records(of: result, question.type)
        guard !records.isEmpty else { return Self.failed("no \(question.type) record of \(question.name) is readable") }
        guard let aliases = unsafe Self.aliases(of: result, question.type), aliases <= limits.aliasesMax else {
            return Self.failed("more than \(limits.aliasesMax) aliases lead on from \(question.name)")
        }
        let canonicalText = unsafe result.canonname.map { unsafe String(cString: $0) }
        let canonicalName = canonicalText.flatMap { Self.canonicalName($0) }
        guard canonicalText == nil || canonicalName != nil else {
            return Self.failed("an alias leads from \(question.name) to what is no name")
        }
        let answer = DNSAnswer(
            records,
            security: unsafe result.secure != 0 ? .secure : .insecure,
            canonicalName: canonicalName,
            timeToLive: UInt32(clamping: unsafe result.ttl)
        )
        return .success(answer)
    }

    private static func failed(_ reason: String) -> DNSOutcome { .failure(.temporary(reason: reason)) }

    /// Those that are well-formed: one broken record among others does not hide them.
    private static func records(of result: ub_result, _ type: DNSRecordType) -> [DNSRecord] {
        guard let data = unsafe result.data, let lengths = unsafe result.len else { return [] }
        var records: [DNSRecord] = []
        var index = 0
        while let item = unsafe data[index] {
            let octets = unsafe Array(UnsafeRawBufferPointer(start: item, count: max(0, Int(lengths[index]))))
            if let record = RecordReader.read(type, octets) { records.append(record) }
            index += 1
        }
        return records
    }

    private static func aliases(of result: ub_result, _ type: DNSRecordType) -> Int? {
        guard type != .cname else { return 0 }
        guard unsafe result.canonname != nil else { return 0 }
        guard let packet = unsafe result.answer_packet else { return nil }
        let length = max(0, Int(unsafe result.answer_len))
        return AliasCount.read(unsafe Array(UnsafeRawBufferPointer(start: packet, count: length)))
    }

    /// The library writes a question mark for a sign it cannot print; a host's name has none.
    private static func canonicalName(_ text: String) -> DNSName? {
        text.utf8.contains(0x3F) ? nil : DNSName(text)
    }

    private static func printable(_ text: String, _ limits: ResolverLimits) -> String {
        let signs = text.utf8.prefix(limits.reasonOctetsMax).map { $0 >= 0x20 && $0 < 0x7F ? $0 : 0x3F }
        return String(decoding: signs, as: UTF8.self)
    }
}
