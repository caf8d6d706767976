import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("status responses (RFC 9051 §7.1)")
struct StatusWriterTests {
    @Test("tagged, untagged and continuation lines")
    func lines() {
        #expect(
            written { $0.writeTagged("a1", .ok, code: .readWrite, "Selected") } == "a1 OK [READ-WRITE] Selected\r\n"
        )
        #expect(written { $0.writeTagged("x", .no, "No such mailbox") } == "x NO No such mailbox\r\n")
        #expect(written { $0.writeTagged("x", .bad, code: .clientBug, "Why") } == "x BAD [CLIENTBUG] Why\r\n")
        #expect(written { $0.writeUntagged(.bye, "Good bye") } == "* BYE Good bye\r\n")
        #expect(written { $0.writeUntagged(.preauth, "Welcome") } == "* PREAUTH Welcome\r\n")
        #expect(written { $0.writeContinuation() } == "+ OK\r\n")
        #expect(written { $0.writeContinuation("idling") } == "+ idling\r\n")
        #expect(written { $0.writeContinuation(base64: []) } == "+ \r\n")
        #expect(written { $0.writeContinuation(base64: Array("VXNlcg==".utf8)) } == "+ VXNlcg==\r\n")
    }

    @Test(
        "every response code has its spelling",
        arguments: [
            (.alert, "ALERT"), (.alreadyExists, "ALREADYEXISTS"), (.authenticationFailed, "AUTHENTICATIONFAILED"),
            (.authorizationFailed, "AUTHORIZATIONFAILED"), (.badCharset, "BADCHARSET (US-ASCII UTF-8)"),
            (.cannot, "CANNOT"), (.clientBug, "CLIENTBUG"), (.closed, "CLOSED"), (.contactAdmin, "CONTACTADMIN"),
            (.corruption, "CORRUPTION"), (.expired, "EXPIRED"), (.expungeIssued, "EXPUNGEISSUED"),
            (.hasChildren, "HASCHILDREN"), (.inUse, "INUSE"), (.limit, "LIMIT"), (.noModSeq, "NOMODSEQ"),
            (.nonexistent, "NONEXISTENT"), (.noPermission, "NOPERM"), (.notSaved, "NOTSAVED"),
            (.overQuota, "OVERQUOTA"), (.parse, "PARSE"), (.privacyRequired, "PRIVACYREQUIRED"),
            (.readOnly, "READ-ONLY"), (.readWrite, "READ-WRITE"), (.serverBug, "SERVERBUG"), (.tooBig, "TOOBIG"),
            (.tryCreate, "TRYCREATE"), (.uidNotSticky, "UIDNOTSTICKY"), (.unavailable, "UNAVAILABLE"),
            (.unknownCTE, "UNKNOWN-CTE"), (.useAttribute, "USEATTR"), (.unseen(17), "UNSEEN 17"),
            (.uidNext(UID(rawValue: 4_392)), "UIDNEXT 4392"),
            (.uidValidity(UIDValidity(rawValue: 3_857_529_045)), "UIDVALIDITY 3857529045"),
            (.highestModSeq(ModSeq(rawValue: .max)), "HIGHESTMODSEQ 9223372036854775807"),
            (.metadataLongEntries(2_199), "METADATA LONGENTRIES 2199"),
            (.metadataMaxSize(1_024), "METADATA MAXSIZE 1024"),
            (.metadataNoPrivate, "METADATA NOPRIVATE"), (.metadataTooMany, "METADATA TOOMANY"),
            (.modified([7, 9]), "MODIFIED 7,9"),
            (
                .appendUID(UIDValidity(rawValue: 38_505), [UID(rawValue: 3_955), UID(rawValue: 3_956)]),
                "APPENDUID 38505 3955:3956"
            ),
            (
                .copyUID(
                    UIDValidity(rawValue: 1),
                    source: [304, 319, 320].map { UID(rawValue: $0) },
                    destination: [3_956, 3_957, 3_958].map { UID(rawValue: $0) }
                ), "COPYUID 1 304,319:320 3956:3958"
            ),
            (.capability([.imap4rev1, .saslIR]), "CAPABILITY IMAP4rev1 SASL-IR"),
            (
                .permanentFlags([.deleted, .seen, .keyword(0)], FlagNames(keywords: ["$Junk"]), allowsNew: true),
                "PERMANENTFLAGS (\\Seen \\Deleted $Junk \\*)"
            ),
            (.permanentFlags([], FlagNames(), allowsNew: true), "PERMANENTFLAGS (\\*)"),
            (.permanentFlags([], FlagNames(), allowsNew: false), "PERMANENTFLAGS ()"),
        ] as [(ResponseCode, String)]
    )
    func codes(_ code: ResponseCode, _ text: String) {
        #expect(written { $0.writeUntagged(.ok, code: code, "x") } == "* OK [\(text)] x\r\n")
    }

    @Test(
        "refusals name the limit, not the input",
        arguments: [
            ("a", .unknownCommand, "a BAD Unknown command"),
            (nil, .syntax(WireSyntaxError(expected: .tag, offset: 0)), "* BAD Syntax error at octet 0: expected a tag"),
            ("a", .lineTooLong, "a BAD [TOOBIG] Command line is too long"),
            ("a", .literalTooLong, "a BAD [TOOBIG] Literal is too long"),
            ("a", .literalsTooMany, "a BAD [LIMIT] Too many literals in one command"),
            ("a", .literalsTooLong, "a BAD [TOOBIG] Literals of one command are too long together"),
            ("a", .messageTooLong, "a NO [TOOBIG] Message is larger than APPENDLIMIT"),
            ("a", .messageEmpty, "a NO A message of no octets is not appended"),
            ("a", .messagesTooMany, "a NO [LIMIT] Too many messages in one APPEND"),
            ("a", .messagesTooLong, "a NO [TOOBIG] Messages of one APPEND are too large together"),
        ] as [(String?, IMAPRefusal.Reason, String)]
    )
    func refusals(_ tag: String?, _ reason: IMAPRefusal.Reason, _ text: String) {
        #expect(written { $0.writeRefusal(IMAPRefusal(tag: tag, reason: reason)) } == text + "\r\n")
    }

    @Test("a connection that is given up hears why")
    func bye() {
        let refusal = IMAPRefusal(tag: "a", reason: .skippedTooLong)
        #expect(written { $0.writeBye(refusal) } == "* BYE [TOOBIG] Too much was sent without being asked for\r\n")
    }

    @Test("capabilities are spelled as registered")
    func capabilities() {
        let all: [IMAPCapability] = [
            .imap4rev1, .literalPlus, .literalMinus, .saslIR, .id, .enable, .idle, .namespace, .children, .unselect,
            .uidPlus, .move, .condstore, .specialUse, .createSpecialUse, .statusSize, .listExtended, .listStatus,
            .esearch, .searchRes, .within, .multiAppend, .startTLS, .loginDisabled, .appendLimit(52_428_800),
            .auth("PLAIN"),
        ]
        let names =
            "IMAP4rev1 LITERAL+ LITERAL- SASL-IR ID ENABLE IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE CONDSTORE "
            + "SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE LIST-EXTENDED LIST-STATUS ESEARCH SEARCHRES WITHIN "
            + "MULTIAPPEND STARTTLS LOGINDISABLED APPENDLIMIT=52428800 AUTH=PLAIN"
        #expect(written { $0.writeCapabilities(all) } == "* CAPABILITY \(names)\r\n")
        #expect(written { $0.writeEnabled(["CONDSTORE"]) } == "* ENABLED CONDSTORE\r\n")
        #expect(written { $0.writeEnabled([]) } == "* ENABLED\r\n")
        #expect(written { $0.writeID(nil) } == "* ID NIL\r\n")
        let fields = [IMAPIDField(name: "name", value: "Martlet"), IMAPIDField(name: "os", value: nil)]
        #expect(written { $0.writeID(fields) } == "* ID (\"name\" \"Martlet\" \"os\" NIL)\r\n")
        #expect(written { $0.writeNamespace() } == "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")
    }
}
