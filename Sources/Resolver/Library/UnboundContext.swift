internal import CUnbound
internal import MailTypes

/// The library with its configuration, its cache and the thread it works on. One caller at a time.
@safe
final class UnboundContext {
    private let context: OpaquePointer
    private let limits: ResolverLimits
    private let inbox = Inbox()
    /// What is being asked, by number: keeps alive what the library holds pointers to.
    private var pending: [Int: PendingQuestion] = [:]
    private var nextNumber = 0

    /// Readable when ``process()`` has something to do.
    let descriptor: Int32

    init(_ options: ResolverOptions) throws(ResolverError) {
        guard let context = unsafe ub_ctx_create() else {
            throw ResolverError("start", "libunbound has no memory or no randomness")
        }
        unsafe self.context = context
        self.limits = options.limits
        self.descriptor = unsafe ub_fd(context)
        do {
            try unsafe UnboundSettings(context).apply(options)
        } catch {
            unsafe ub_ctx_delete(context)
            throw error
        }
    }

    /// Begins to ask; a failure when the library does not take the question.
    func ask(_ question: DNSQuestion) -> LibraryAnswer? {
        let pending = PendingQuestion(question, number: self.nextNumber, limits: self.limits, inbox: self.inbox)
        self.nextNumber += 1
        let error = unsafe ub_resolve_async(
            self.context,
            question.name.text,
            Int32(question.type.number),
            1,
            Unmanaged.passUnretained(pending).toOpaque(),
            { unsafe PendingQuestion.answered($0, error: $1, result: $2) },
            nil
        )
        guard error == 0 else {
            let reason = "libunbound takes no question: \(unsafe String(cString: ub_strerror(error)))"
            return LibraryAnswer(question: question, outcome: .failure(.temporary(reason: reason)))
        }
        self.pending[pending.number] = pending
        return nil
    }

    /// Takes what the library has found out.
    func process() -> [LibraryAnswer] {
        // Its error says that the pipe to its thread is broken; the time-outs then answer whoever waits.
        _ = unsafe ub_process(self.context)
        for number in self.inbox.numbers { self.pending[number] = nil }
        defer {
            self.inbox.numbers = []
            self.inbox.answers = []
        }
        return self.inbox.answers
    }

    /// Ends the library's thread and frees all it has. The context cannot be used afterwards.
    func delete() {
        unsafe ub_ctx_delete(self.context)
        self.pending = [:]
    }
}

/// Where the library's answers gather while it is being processed.
private final class Inbox {
    var answers: [LibraryAnswer] = []
    var numbers: [Int] = []
}

/// What the library keeps a pointer to until it answers.
private final class PendingQuestion {
    let number: Int
    private let question: DNSQuestion
    private let limits: ResolverLimits
    private let inbox: Inbox

    init(_ question: DNSQuestion, number: Int, limits: ResolverLimits, inbox: Inbox) {
        self.question = question
        self.number = number
        self.limits = limits
        self.inbox = inbox
    }

    /// Called by the library from within ``UnboundContext/process()``.
    static func answered(_ argument: UnsafeMutableRawPointer?, error: Int32, result: UnsafeMutablePointer<ub_result>?) {
        defer { unsafe ub_resolve_free(result) }
        guard let argument = unsafe argument else { return }
        let pending = unsafe Unmanaged<PendingQuestion>.fromOpaque(argument).takeUnretainedValue()
        let answer = unsafe LibraryAnswer(
            question: pending.question,
            error: error,
            result: UnsafePointer(result),
            limits: pending.limits
        )
        pending.inbox.answers.append(answer)
        pending.inbox.numbers.append(pending.number)
    }
}
