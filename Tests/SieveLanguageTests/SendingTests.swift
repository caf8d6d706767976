import NIOCore
import Testing

@testable import SieveLanguage

@Suite("reject, notify, redirect with delivery wishes")
struct SendingTests {
    @Test(
        "a refusal excludes deliveries and a second refusal",
        arguments: ["keep;", "fileinto \"x\";", "redirect \"a@b.test\";", "reject \"y\";"]
    )
    func conflicts(_ command: String) throws {
        let required = "require [\"reject\", \"ereject\", \"fileinto\"];"
        #expect(try run("\(required) reject \"x\"; \(command)").error?.kind == .conflict)
        #expect(try run("\(required) \(command) ereject \"x\";").error?.kind == .conflict)
        #expect(try run("\(required) reject \"x\"; discard;").summary == ["reject x"])
        #expect(try run("\(required) ereject \"x\";").summary == ["ereject x"])
    }

    @Test("a refusal after acceptance is a notice that tells the reason and returns the header")
    func rejectNotice() throws {
        let reject = SieveReject(reason: "Kein Interesse – danke.", isAtProtocolLevel: false)
        let notice = reject.notice(
            of: ByteBuffer(bytes: wire(plainMessage)),
            to: "alice@sender.test",
            by: "bob@example.org",
            messageID: "<n@example.org>",
            now: fixedTime,
            site: "Postmaster <postmaster@example.org>"
        )
        let text = String(decoding: notice, as: UTF8.self)
        for line in [
            "From: Postmaster <postmaster@example.org>", "To: <alice@sender.test>",
            "Auto-Submitted: auto-replied (rejected)",
            "Content-Type: message/disposition-notification", "Final-Recipient: rfc822; bob@example.org",
            "Original-Message-ID: <m1@sender.test>", "Disposition: automatic-action/MDN-sent-automatically; deleted",
            "Subject: Hello there",
        ] {
            #expect(text.contains("\r\n\(line)\r\n"), "\(line)")
        }
        #expect(text.contains("Kein Interesse =E2=80=93 danke."))
        #expect(!text.contains("Hi Bob."))
    }

    @Test("a returned header that is not 7-bit is encoded, so that a notice can go anywhere")
    func rejectNoticeOfEightBit() throws {
        for subject in ["Grüße", "plain"] {
            let original = "Message-ID: <1@sender.test>\nSubject: \(subject)\n\nbody\n"
            let notice = SieveReject(reason: "No.", isAtProtocolLevel: false).notice(
                of: ByteBuffer(bytes: wire(original)),
                to: "alice@sender.test",
                by: "bob@example.org",
                messageID: "<n@example.org>",
                now: fixedTime,
                site: "postmaster@example.org"
            )
            let text = String(decoding: notice, as: UTF8.self)
            #expect(notice.allSatisfy { $0 < 0x80 })
            let isEncoded = text.contains("text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
            #expect(isEncoded == (subject != "plain"), "\(text)")
            #expect(
                text.contains(subject == "plain" ? "Subject: plain\r\n" : "Subject: Gr=C3=BC=C3=9Fe\r\n"),
                "\(text)"
            )
        }
    }

    private static func notify(
        _ arguments: String,
        on message: String = plainMessage,
        from sender: String = "alice@sender.test"
    ) throws -> SieveNotify? {
        let result = try run(
            "require [\"enotify\", \"fcc\"]; notify \(arguments);",
            on: message,
            situation: situation(from: sender)
        )
        #expect(result.implicitKeep != nil)
        guard case .notify(let notify) = result.actions.first?.action else { return nil }
        return notify
    }

    @Test("a notification says whom to tell and what")
    func notifications() throws {
        let uri =
            "mailto:a@a.test?to=b%40b.test&cc=c@c.test&subject=Hi%20there&body=Look%21"
            + "&X-Tag=1&From=evil@x.test&Bcc=d@d.test"
        let notify = try #require(
            try Self.notify(":from \"bob@example.org\" :importance \"1\" :fcc \"Sent\" \"\(uri)\"")
        )
        #expect(notify.recipients.map(\.address) == ["a@a.test", "b@b.test"])
        #expect(notify.copies.map(\.address) == ["c@c.test"])
        #expect(notify.subject == "Hi there")
        #expect(notify.body == "Look!")
        #expect(notify.fields.map(\.name) == ["X-Tag"])
        #expect(notify.sender == "bob@example.org")
        #expect(notify.fcc?.mailbox == "Sent")
        let bytes = notify.message(messageID: "<n@e.test>", now: fixedTime, site: "pm@e.test", owner: "bob@example.org")
        let text = String(decoding: bytes, as: UTF8.self)
        for line in [
            "From: bob@example.org", "To: a@a.test,\r\n b@b.test", "Cc: c@c.test", "Importance: high",
            "X-Priority: 1 (Highest)",
            "Auto-Submitted: auto-notified; owner-email=\"bob@example.org\"", "X-Tag: 1",
        ] {
            #expect(text.contains("\r\n\(line)\r\n"), "\(line)")
        }
        #expect(!text.contains("evil@x.test"))
        #expect(!text.contains("d@d.test"))
    }

    @Test("where only the owner's addresses may be written, a notification in another name goes out in his")
    func authors() throws {
        var settings = SieveSettings()
        settings.writesAsOwnerOnly = true
        var place = situation(from: "alice@sender.test")
        place.ownerAddresses = ["bob@example.org", "robert@example.org"]
        for (from, expected) in [("ceo@other.test", "bob@example.org"), ("Bob <robert+x@example.org>", nil)] {
            let script = "require \"enotify\"; notify :from \"\(from)\" \"mailto:a@a.test\";"
            let result = try run(script, on: plainMessage, situation: place, settings: settings)
            guard case .notify(let notify) = result.actions.first?.action else { throw NoSuchAction() }
            #expect(notify.from == expected ?? from && notify.sender == expected ?? "robert+x@example.org")
            #expect(result.notes.isEmpty == (expected == nil))
        }
    }

    private struct NoSuchAction: Error {}

    @Test("the script's text goes before the URI's subject, and that before the message's")
    func subjects() throws {
        #expect(try Self.notify(":message \"M\" \"mailto:a@a.test?subject=S\"")?.subject == "M")
        #expect(try Self.notify("\"mailto:a@a.test?subject=S\"")?.subject == "S")
        #expect(try Self.notify("\"mailto:a@a.test\"")?.subject == "Notification: Hello there")
    }

    @Test("machines are not told of, and nobody's mail is answered by nobody: lesson 16")
    func loops() throws {
        let automatic = try Self.notify("\"mailto:a@a.test\"", on: "Auto-Submitted: auto-notified\nSubject: x\n\n")
        #expect(automatic?.withheld != nil)
        #expect(try Self.notify("\"mailto:a@a.test\"", on: "Auto-Submitted: no\nSubject: x\n\n")?.withheld == nil)
        #expect(try Self.notify(":from \"b@b.test\" \"mailto:a@a.test\"", from: "")?.sender == "")
    }

    @Test(
        "URIs that cannot be used are refused",
        arguments: [
            "tel:123", "mailto:nobody", "mailto:a@a.test?subject", "mailto:a@a.test?x<=1", "mailto:a@a.test?x=%zz",
            "mailto:a@a.test;x",
            "mailto:a@a.test?x:=1", "mailto:" + (0..<9).map { "a\($0)@a.test" }.joined(separator: ","),
        ]
    )
    func wrongMethods(_ uri: String) throws {
        #expect(compile("require \"enotify\"; notify \"\(uri)\";").errors.count == 1)
        #expect(try !holds("valid_notify_method \"\(uri)\"", require: ["enotify"]))
    }

    @Test("methods can be asked about")
    func methods() throws {
        #expect(try holds("valid_notify_method [\"mailto:a@a.test\", \"MAILTO:b@b.test\"]", require: ["enotify"]))
        #expect(try holds("notify_method_capability \"mailto:a@a.test\" \"Online\" \"maybe\"", require: ["enotify"]))
        #expect(try !holds("notify_method_capability :contains \"mailto:a@a.test\" \"x\" \"\"", require: ["enotify"]))
    }

    @Test(
        "wrong arguments of notify are refused",
        arguments: [":importance \"4\"", ":options \"x\"", ":from \"x\"", ":options [\"a=b\", \"=c\"]"]
    )
    func wrongArguments(_ arguments: String) {
        #expect(compile("require \"enotify\"; notify \(arguments) \"mailto:a@a.test\";").errors.count == 1)
    }

    private static func redirect(_ arguments: String, world: FakeWorld = FakeWorld()) throws -> SieveRedirect? {
        let script = "require [\"redirect-dsn\", \"redirect-deliverby\", \"extlists\"]; redirect \(arguments);"
        guard case .redirect(let redirect) = try run(script, world: world).actions.first?.action else { return nil }
        return redirect
    }

    @Test("wishes for reports and deadlines go with a redirect")
    func deliveryWishes() throws {
        let reports = try #require(try Self.redirect(":notify \"success,FAILURE\" :ret \"hdrs\" \"a@b.test\""))
        #expect(reports.notify == ["SUCCESS", "FAILURE"])
        #expect(reports.returns == "HDRS")
        let relative = try Self.redirect(":bytimerelative 600 :bymode \"return\" :bytrace \"a@b.test\"")?.deliverBy
        #expect(relative == SieveDeliverBy(seconds: 600, returns: true, traces: true))
        let absolute = try Self.redirect(":bytimeabsolute \"2026-07-14T03:34:20Z\" \"a@b.test\"")?.deliverBy
        #expect(absolute == SieveDeliverBy(seconds: 60, returns: false, traces: false))
    }

    @Test(
        "wishes without meaning are refused",
        arguments: [
            ":notify \"NEVER,DELAY\"", ":ret \"x\"", ":bymode \"x\" :bytimerelative 5", ":bytrace",
            ":bytimerelative 1 :bytimeabsolute \"x\"",
        ]
    )
    func wrongWishes(_ arguments: String) {
        #expect(
            compile("require [\"redirect-dsn\", \"redirect-deliverby\"]; redirect \(arguments) \"a@b.test\";").errors
                .count == 1
        )
    }

    @Test("a redirect may go to a list, and values may be looked up in one")
    func lists() throws {
        var world = FakeWorld()
        world.lists = ["urn:friends": ["alice@sender.test"]]
        #expect(try Self.redirect(":list \"urn:friends\"", world: world)?.isList == true)
        #expect(try holds("address :list \"from\" \"urn:friends\"", require: ["extlists"], world: world))
        #expect(try !holds("header :list \"subject\" \"urn:friends\"", require: ["extlists"], world: world))
        #expect(try holds("valid_ext_list \"urn:friends\"", require: ["extlists"], world: world))
        #expect(try !holds("valid_ext_list [\"urn:friends\", \"urn:x\"]", require: ["extlists"], world: world))
        #expect(
            try run("require \"extlists\"; if header :list \"subject\" \"urn:x\" {}", world: world).error?.kind
                == .value
        )
    }

    @Test(
        "what is no single address is no place to redirect to",
        arguments: [
            "@a.test", "a", "a@", "<a@b.test", "a@b.test, c@d.test", "", "<>", "jürgen@a.test", "a@b..test",
            "x y@b.test",
        ]
    )
    func wrongAddresses(_ address: String) {
        #expect(compile("redirect \"\(address)\";").errors.count == 1)
    }
}
