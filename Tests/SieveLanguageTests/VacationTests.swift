import MailTypes
import NIOCore
import Testing

@testable import SieveLanguage

@Suite("vacation")
struct VacationTests {
    private static let header = "From: Alice <alice@sender.test>\nTo: bob@example.org\nSubject: Question\n"

    private static func vacation(
        _ arguments: String = "\"Away.\"",
        header: String = Self.header,
        from sender: String = "alice@sender.test",
        owners: [String] = [],
        settings: SieveSettings = SieveSettings(),
        limits: SieveLimits = SieveLimits()
    ) throws -> SieveVacation? {
        var place = situation(from: sender)
        place.ownerAddresses = owners
        let script =
            "require [\"vacation\", \"vacation-seconds\", \"fcc\", \"mailbox\", \"imap4flags\"]; vacation \(arguments);"
        let result = try run(script, on: "\(header)\n", situation: place, limits: limits, settings: settings)
        #expect(result.implicitKeep != nil, "an answer keeps the message")
        guard case .vacation(let vacation) = result.actions.first?.action else { return nil }
        return vacation
    }

    @Test("who writes to the owner is answered")
    func answers() throws {
        #expect(try Self.vacation()?.verdict == .answer)
        #expect(try Self.vacation()?.recipient == "alice@sender.test")
        #expect(try Self.vacation()?.subject == "Auto: Question")
    }

    @Test(
        "machines, lists and the owner himself are never answered: lesson 16",
        arguments: [
            ("", ""), ("mailer-daemon@sender.test", ""), ("MAILER-DAEMON@sender.test", ""), ("owner-list@l.test", ""),
            ("list-request@l.test", ""), ("noreply@shop.test", ""), ("bob@example.org", ""),
            ("list-bounces@l.test", ""),
            ("alice@sender.test", "Auto-Submitted: auto-replied\n"),
            ("alice@sender.test", "Auto-Submitted: auto-generated\n"),
            ("alice@sender.test", "List-Id: <x.y>\n"), ("alice@sender.test", "List-Unsubscribe: <mailto:x@y.z>\n"),
            ("alice@sender.test", "Precedence: bulk\n"), ("alice@sender.test", "precedence: LIST\n"),
            ("alice@sender.test", "X-Auto-Response-Suppress: DR, OOF\n"), ("alice@sender.test", "Return-Path: <>\n"),
        ]
    )
    func withheld(_ sender: String, _ field: String) throws {
        let vacation = try #require(try Self.vacation(header: Self.header + field, from: sender))
        #expect(vacation.verdict != .answer)
    }

    @Test(
        "a sub-address of the owner's is the owner's, as sender and as recipient (RFC 5233)",
        arguments: [("bob+x@example.org", "+"), ("robert+x@example.org", "+"), ("bob-x@example.org", "+-")]
    )
    func subaddresses(_ address: String, _ separators: String) throws {
        var settings = SieveSettings()
        settings.detailSeparators = separators
        let owners = ["robert@example.org"]
        let own = try Self.vacation(from: address, owners: owners, settings: settings)
        #expect(own?.verdict == .withhold("the owner wrote the message"))
        let header = "From: a@sender.test\nTo: \(address)\nSubject: x\n"
        let answer = try Self.vacation(header: header, owners: owners, settings: settings)
        #expect(answer?.verdict == .answer && answer?.owner == address)
    }

    @Test(
        "where only the owner's addresses may be written, others are passed over",
        arguments: [
            ("bob@example.org", true), ("Bob <Bob+x@Example.org>", true), ("robert@example.org", true),
            ("eve@example.org", false), ("Bob <bob@example.net>", false), ("bob+x@example.net", false),
        ]
    )
    func authors(_ from: String, _ isFollowed: Bool) throws {
        var settings = SieveSettings()
        #expect(try Self.vacation(":from \"\(from)\" \"Away.\"", settings: settings)?.from == from)
        settings.writesAsOwnerOnly = true
        let vacation = try Self.vacation(
            ":from \"\(from)\" \"Away.\"",
            owners: ["robert@example.org"],
            settings: settings
        )
        #expect(vacation?.from == (isFollowed ? from : nil) && vacation?.overrulesFrom == !isFollowed)
        #expect(vacation?.owner == "bob@example.org")
    }

    @Test("an address that :addresses adds is answered for, but not in its name")
    func addedAddresses() throws {
        var settings = SieveSettings()
        let header = "From: a@sender.test\nTo: boss@example.org\nSubject: x\n"
        let arguments = ":addresses \"boss@example.org\" \"Away.\""
        #expect(try Self.vacation(arguments, header: header, settings: settings)?.owner == "boss@example.org")
        settings.writesAsOwnerOnly = true
        let vacation = try Self.vacation(arguments, header: header, settings: settings)
        #expect(vacation?.verdict == .answer && vacation?.owner == "bob@example.org")
    }

    @Test("an answer to an answer is never sent, as the answer itself says what it is: lesson 16")
    func noLoop() throws {
        let answer = try #require(try Self.vacation()).message(messageID: "<a@example.org>", now: fixedTime)
        var place = situation(from: "bob@example.org", to: "alice@sender.test")
        place.ownerAddresses = ["alice@sender.test"]
        let program = try program("require \"vacation\"; vacation \"Away too.\";")
        let result = program.run(on: SieveMessage(ByteBuffer(bytes: answer)), situation: place, world: FakeWorld())
        guard case .vacation(let second) = result.actions.first?.action else {
            Issue.record("no vacation action")
            return
        }
        #expect(second.verdict == .withhold("the message was sent by a machine"))
    }

    @Test("\"Auto-Submitted: no\" is a person")
    func autoSubmittedNo() throws {
        #expect(try Self.vacation(header: Self.header + "Auto-Submitted: no\n")?.verdict == .answer)
    }

    @Test("the owner must be named as a recipient, by any of his addresses")
    func recipients() throws {
        let toList = "From: a@sender.test\nTo: all@example.org\nSubject: x\n"
        #expect(try Self.vacation(header: toList)?.verdict != .answer)
        #expect(try Self.vacation(header: toList, owners: ["ALL@example.org"])?.verdict == .answer)
        #expect(try Self.vacation(":addresses \"all@example.org\" \"Away.\"", header: toList)?.verdict == .answer)
        for field in ["Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"] {
            let header = "\(toList)\(field): Bob <bob@example.org>\n"
            #expect(try Self.vacation(header: header)?.verdict == .answer, "\(field)")
        }
        var settings = SieveSettings()
        settings.vacationChecksRecipient = false
        #expect(try Self.vacation(header: toList, settings: settings)?.verdict == .answer)
    }

    @Test(
        "how long a sender is remembered stays within the limits",
        arguments: [
            ("", 7 * 86_400), (":days 3", 3 * 86_400), (":days 0", 86_400), (":days 1000", 90 * 86_400),
            (":seconds 90000", 90_000),
            (":seconds 0", 86_400), (":days 18446744073709551615", 90 * 86_400),
        ] as [(String, UInt64)]
    )
    func period(_ arguments: String, _ seconds: UInt64) throws {
        #expect(try Self.vacation("\(arguments) \"Away.\"")?.mark.seconds == seconds)
    }

    @Test("answers are told apart by handle, or by what they say")
    func marks() throws {
        func identity(_ arguments: String, from sender: String = "alice@sender.test") throws -> [UInt8]? {
            try Self.vacation(arguments, from: sender)?.mark.identity
        }
        #expect(try identity("\"a\"") == identity("\"a\"", from: "ALICE@sender.test"))
        #expect(try identity("\"a\"") != identity("\"b\""))
        #expect(try identity("\"a\"") != identity("\"a\"", from: "carol@sender.test"))
        #expect(try identity(":subject \"s\" \"a\"") != identity("\"a\""))
        #expect(try identity(":handle \"h\" \"a\"") == identity(":handle \"h\" \"b\""))
    }

    @Test("the answer is a message that says what it is and what it answers")
    func message() throws {
        let header = Self.header + "Message-ID: <q1@sender.test>\nReferences: <q0@sender.test>\n"
        let vacation = try #require(
            try Self.vacation(":from \"Bob Müller <bob@example.org>\" \"Bin weg – bis Juli.\"", header: header)
        )
        let text = String(decoding: vacation.message(messageID: "<a1@example.org>", now: fixedTime), as: UTF8.self)
        let expected = """
            Message-ID: <a1@example.org>
            Date: Tue, 14 Jul 2026 03:33:20 +0000
            From: =?utf-8?q?Bob_M=C3=BCller?= <bob@example.org>
            To: Alice <alice@sender.test>
            Subject: Auto: Question
            In-Reply-To: <q1@sender.test>
            References: <q0@sender.test> <q1@sender.test>
            Auto-Submitted: auto-replied (vacation)
            Precedence: bulk
            X-Auto-Response-Suppress: All
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Bin weg =E2=80=93 bis Juli.

            """
        #expect(text.replacing("\r\n", with: "\n") == expected)
    }

    @Test("a MIME answer brings its own header")
    func mime() throws {
        let vacation = try #require(try Self.vacation(":mime \"Content-Type: text/html\n\n<b>Away</b>\""))
        let text = String(decoding: vacation.message(messageID: "<a@b>", now: fixedTime), as: UTF8.self)
        #expect(text.hasSuffix("MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<b>Away</b>\r\n"))
    }

    @Test(
        "a MIME answer's own header describes the content and says nothing else",
        arguments: [
            ("From: boss@x.test\nContent-Type: text/html\nBcc: a@b.test\n\nFrom: us", "Content-Type: text/html\r\n"),
            ("\nFrom: us", ""), ("no header\nFrom: us", ""),
        ]
    )
    func mimeHeader(_ part: String, _ fields: String) throws {
        let vacation = try #require(try Self.vacation(":mime \"\(part)\""))
        let text = String(decoding: vacation.message(messageID: "<a@b>", now: fixedTime), as: UTF8.self)
        let body = part.hasPrefix("no header") ? "no header\r\nFrom: us\r\n" : "From: us\r\n"
        #expect(text.hasSuffix("MIME-Version: 1.0\r\n\(fields)\r\n\(body)"))
    }

    @Test("a subject cannot start another header field, and is cut where it is too long")
    func subjects() throws {
        let forged = try #require(try Self.vacation(":subject \"a\r\nBcc: x@y.z\" \"Away.\""))
        let text = String(decoding: forged.message(messageID: "<a@b>", now: fixedTime), as: UTF8.self)
        #expect(!text.contains("\nBcc:"))
        var limits = SieveLimits()
        limits.vacationSubjectCharactersMax = 10
        #expect(try Self.vacation(":subject \"0123456789x\" \"Away.\"", limits: limits)?.subject == "012345678…")
        #expect(try Self.vacation(":subject \"0123456789\" \"Away.\"", limits: limits)?.subject == "0123456789")
    }

    @Test("a copy of the answer can be filed")
    func fcc() throws {
        let vacation = try Self.vacation(":fcc \"Sent\" :create :flags \"\\\\Seen\" \"Away.\"")
        #expect(vacation?.fcc?.mailbox == "Sent")
        #expect(vacation?.fcc?.createsMailbox == true)
        #expect(vacation?.fcc?.flags == ["\\Seen"])
        #expect(compile("require [\"vacation\", \"mailbox\"]; vacation :create \"x\";").errors.count == 1)
    }

    @Test("used twice it is an error, and so is refusing and answering")
    func conflicts() throws {
        #expect(try run("require \"vacation\"; vacation \"a\"; vacation \"b\";").error?.kind == .conflict)
        #expect(try run("require [\"vacation\", \"reject\"]; vacation \"a\"; reject \"b\";").error?.kind == .conflict)
        #expect(try run("require [\"vacation\", \"reject\"]; reject \"a\"; vacation \"b\";").error?.kind == .conflict)
    }

    @Test("arguments that are no addresses are refused")
    func addresses() {
        #expect(compile("require \"vacation\"; vacation :from \"nobody\" \"x\";").errors.count == 1)
        #expect(compile("require \"vacation\"; vacation :addresses [\"a@b.test\", \"c\"] \"x\";").errors.count == 1)
        #expect(compile("require \"vacation\"; vacation :days 1 :seconds 1 \"x\";").errors.count == 1)
    }
}
