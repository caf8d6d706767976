import IMAPWire
import MailTypes
import Sessions
import Testing

@testable import IMAPServer

@Suite("the session machine")
struct SessionStateMachineTests {
    static let needsLogin: [IMAPCommand] = [
        .enable([]), .select(SelectRequest(mailbox: WireMailbox("INBOX"))),
        .examine(SelectRequest(mailbox: WireMailbox("INBOX"))), .create(CreateRequest(mailbox: WireMailbox("a"))),
        .delete(WireMailbox("a")), .rename(from: WireMailbox("a"), to: WireMailbox("b")), .subscribe(WireMailbox("a")),
        .unsubscribe(WireMailbox("a")), .list(ListRequest(patterns: [MailboxPattern("*")])),
        .lsub(reference: "", pattern: MailboxPattern("*")), .namespace, .status(WireMailbox("a"), [.messages]), .idle,
    ]

    static let one = MessageSet.numbers(SequenceSet(ranges: [SequenceSet.Range(.number(1), .number(1))]))

    static let reads: [IMAPCommand] = [
        .check, .close, .unselect, .search(SearchRequest(numbering: .sequence, key: .all)),
        .fetch(FetchRequest(numbering: .sequence, messages: Self.one, items: [.flags])),
        .copy(CopyRequest(numbering: .sequence, messages: Self.one, mailbox: WireMailbox("a"))),
    ]

    static let changes: [IMAPCommand] = [
        .expunge, .uidExpunge(Self.one),
        .store(StoreRequest(numbering: .sequence, messages: Self.one, operation: .add, flags: FlagSelection())),
        .move(CopyRequest(numbering: .sequence, messages: Self.one, mailbox: WireMailbox("a"))),
    ]

    static func machine(
        _ limits: IMAPSessionLimits = IMAPSessionLimits(),
        isEncrypted: Bool = true,
        offersTLS: Bool = true,
        allowsPlaintextLogin: Bool = false
    ) -> IMAPSessionStateMachine {
        IMAPSessionStateMachine(
            isEncrypted: isEncrypted,
            offersTLS: offersTLS,
            allowsPlaintextLogin: allowsPlaintextLogin,
            limits: limits
        )
    }

    static func afterLogin(_ limits: IMAPSessionLimits = IMAPSessionLimits()) -> IMAPSessionStateMachine {
        var machine = Self.machine(limits)
        machine.authenticationBegan()
        _ = machine.loginEnded(.accepted)
        return machine
    }

    @Test("before login only the commands of any state and of logging in are carried out")
    func beforeLogin() {
        for command in Self.needsLogin + Self.reads + Self.changes {
            var machine = Self.machine()
            #expect(machine.commandReceived(command) == .refuse(.needsLogin))
        }
        for command in [IMAPCommand.capability, .noop, .logout, .id(nil), .login(user: "a", password: Secret("b"))] {
            var machine = Self.machine()
            #expect(machine.commandReceived(command) == .perform)
        }
        var machine = Self.machine()
        #expect(machine.appendReceived() == .refuse(.needsLogin))
    }

    @Test("after login mailboxes are managed, messages are not touched before one is selected")
    func afterLogin() {
        for command in Self.needsLogin {
            var machine = Self.afterLogin()
            #expect(machine.commandReceived(command) == .perform)
        }
        for command in Self.reads + Self.changes {
            var machine = Self.afterLogin()
            #expect(machine.commandReceived(command) == .refuse(.needsMailbox))
        }
        var machine = Self.afterLogin()
        #expect(machine.appendReceived() == .perform)
        #expect(machine.commandReceived(.login(user: "a", password: Secret("b"))) == .refuse(.onlyBeforeLogin))
        #expect(machine.commandReceived(.startTLS) == .refuse(.onlyBeforeLogin))
    }

    @Test("a mailbox that was examined is not changed", arguments: [false, true])
    func selected(isReadOnly: Bool) {
        var machine = Self.afterLogin()
        machine.mailboxSelected(isReadOnly: isReadOnly)
        for command in Self.reads { #expect(machine.commandReceived(command) == .perform) }
        for command in Self.changes {
            #expect(machine.commandReceived(command) == (isReadOnly ? .refuse(.mailboxIsReadOnly) : .perform))
        }
        machine.mailboxLeft()
        #expect(machine.commandReceived(.check) == .refuse(.needsMailbox))
    }

    @Test("STARTTLS is offered once, and only where there is a certificate")
    func startTLS() {
        var machine = Self.machine(isEncrypted: false)
        #expect(machine.announcesTLS)
        #expect(machine.commandReceived(.login(user: "a", password: Secret("b"))) == .refuse(.needsEncryption))
        #expect(machine.commandReceived(.startTLS) == .perform)
        machine.tlsStarted()
        #expect(!machine.announcesTLS && machine.allowsPasswords)
        #expect(machine.commandReceived(.startTLS) == .refuse(.alreadyEncrypted))
        var bare = Self.machine(isEncrypted: false, offersTLS: false)
        #expect(!bare.announcesTLS)
        #expect(bare.commandReceived(.startTLS) == .refuse(.encryptionUnavailable))
        #expect(Self.machine(isEncrypted: false, allowsPlaintextLogin: true).allowsPasswords)
    }

    @Test("so many failed logins are taken, cancelled ones are not counted")
    func failedLogins() {
        var limits = IMAPSessionLimits()
        limits.failedLoginsMax = 2
        var machine = Self.machine(limits)
        machine.authenticationBegan()
        #expect(machine.loginEnded(.abandoned) == .refuse)
        machine.authenticationBegan()
        #expect(machine.loginEnded(.denied) == .refuse)
        machine.authenticationBegan()
        #expect(machine.loginEnded(.denied) == .refuseThenClose)
        #expect(machine.isClosed)
    }

    @Test("so many errors are taken before and after login, and a refusal of policy is none")
    func errors() {
        var limits = IMAPSessionLimits()
        limits.errorsBeforeLoginMax = 2
        limits.errorsMax = 3
        var machine = Self.machine(limits)
        #expect(machine.syntaxErrorReceived() == .refuse(.syntax))
        #expect(machine.commandReceived(.check) == .refuseThenClose(.needsLogin))
        #expect(machine.isClosed)
        var later = Self.afterLogin(limits)
        later.mailboxSelected(isReadOnly: true)
        for _ in 0..<5 { #expect(later.commandReceived(.expunge) == .refuse(.mailboxIsReadOnly)) }
        #expect(later.syntaxErrorReceived() == .refuse(.syntax))
        #expect(later.syntaxErrorReceived() == .refuse(.syntax))
        #expect(later.syntaxErrorReceived() == .refuseThenClose(.syntax))
    }

    @Test("after login a command that is right makes up for the errors before it; before login none does")
    func errorsBetweenCommands() {
        var limits = IMAPSessionLimits()
        limits.errorsBeforeLoginMax = 2
        limits.errorsMax = 2
        var machine = Self.afterLogin(limits)
        for _ in 0..<5 {
            #expect(machine.syntaxErrorReceived() == .refuse(.syntax))
            #expect(machine.commandReceived(.noop) == .perform)
        }
        var early = Self.machine(limits)
        #expect(early.syntaxErrorReceived() == .refuse(.syntax))
        #expect(early.commandReceived(.noop) == .perform)
        #expect(early.syntaxErrorReceived() == .refuseThenClose(.syntax))
    }

    @Test("a session that closed while a command ran ignores what became of the command")
    func closed() {
        var machine = Self.afterLogin()
        machine.closed()
        machine.mailboxSelected(isReadOnly: false)
        machine.mailboxLeft()
        #expect(machine.isClosed)
        var early = Self.machine()
        early.authenticationBegan()
        early.closed()
        #expect(early.loginEnded(.accepted) == .refuseThenClose)
    }
}
