internal import MailTypes
internal import NIOCore
internal import SieveLanguage

/// A script on a message: what is learnt of the message is forgotten after each run, as each delivery has another.
struct SieveWork: RepeatedWork {
    private let program: SieveProgram
    private let message: ByteBuffer
    private let situation = SieveSituation(
        envelope: SieveEnvelope(sender: "load@sender.test", recipient: "u000@martlet.test"),
        now: Instant(secondsSince1970: 1_800_000_000)
    )

    init(script: String, message: String) throws {
        let compilation = SieveCompiler().compile(try RatesFailure.contents(of: script), name: script)
        guard let program = compilation.program else {
            throw RatesFailure(compilation.errors.map { "\(script):\($0)" }.joined(separator: "\n"))
        }
        self.program = program
        self.message = ByteBuffer(bytes: try RatesFailure.contents(of: message))
    }

    func run() -> String {
        let result = self.program.run(
            on: SieveMessage(self.message),
            situation: self.situation,
            world: SieveEmptyWorld()
        )
        if let error = result.error { return "\(error)" }
        let mailboxes = result.actions.map { planned in
            if case .fileInto(let fileInto) = planned.action { fileInto.mailbox } else { planned.action.name }
        }
        return mailboxes.joined(separator: " ")
    }
}
