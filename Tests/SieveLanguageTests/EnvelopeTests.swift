import MailTypes
import Testing

@testable import SieveLanguage

@Suite("envelope, subaddress, index, date, environment")
struct EnvelopeTests {
    @Test(
        "parts of the envelope are compared",
        arguments: [
            ("envelope \"from\" \"alice@sender.test\"", true), ("envelope :domain \"to\" \"example.org\"", true),
            ("envelope :localpart [\"from\", \"to\"] \"bob+work\"", true), ("envelope :user \"to\" \"bob\"", true),
            ("envelope :detail \"to\" \"work\"", true), ("envelope :detail \"from\" \"\"", false),
            ("envelope :user \"from\" \"alice\"", true), ("envelope \"auth\" \"alice\"", true),
            ("envelope \"envid\" \"abc\"", true), ("envelope \"notify\" \"FAILURE\"", true),
            ("envelope \"ret\" \"FULL\"", false),
            ("envelope \"orcpt\" \"rfc822;robert+x@example.org\"", true),
            ("envelope \"orcpt\" \"robert+x@example.org\"", false),
            ("envelope :localpart \"orcpt\" \"robert+x\"", true), ("envelope :user \"orcpt\" \"robert\"", true),
            ("envelope :detail \"orcpt\" \"x\"", true), ("envelope :domain \"orcpt\" \"example.org\"", true),
            ("envelope :contains \"bymode\" \"\"", false),
        ]
    )
    func parts(_ test: String, _ expected: Bool) throws {
        var place = situation(to: "bob+work@example.org")
        place.envelope.authenticated = "alice"
        place.envelope.parameters = ["envid": "abc", "notify": "FAILURE", "orcpt": "rfc822;robert+x@example.org"]
        let capabilities = ["envelope", "subaddress", "envelope-dsn", "envelope-deliverby"]
        #expect(try holds(test, require: capabilities, situation: place) == expected)
    }

    @Test(
        "a sender's time for delivery can be asked for (RFC 6009 §6)",
        arguments: [
            ("envelope \"bytimerelative\" \"90\"", true), ("envelope \"bymode\" \"return\"", true),
            ("envelope \"bymode\" \"notify\"", false), ("envelope \"bytrace\" \"true\"", true),
            ("envelope :zone \"+0000\" \"bytimeabsolute\" \"2026-07-14T03:35:50Z\"", true),
            ("envelope :zone \"+0130\" \"bytimeabsolute\" \"2026-07-14T05:05:50+01:30\"", true),
            ("envelope :contains \"bytimerelative\" \"-\"", false),
            ("envelope :count \"eq\" [\"bymode\", \"bytrace\"] \"2\"", true),
        ]
    )
    func deliverBy(_ test: String, _ expected: Bool) throws {
        var place = situation(to: "bob@example.org")
        place.now = Instant(secondsSince1970: 1_784_000_060)
        let request = DeliverByRequest(seconds: 90, mode: .giveBack, isTraced: true)
        place.envelope.deliverBy = DeliverBy(request, from: place.now)
        let capabilities = ["envelope", "envelope-deliverby", "relational", "comparator-i;ascii-numeric"]
        #expect(try holds(test, require: capabilities, situation: place) == expected)
    }

    @Test("the null sender is an empty string in every part")
    func nullSender() throws {
        for part in ["", ":localpart", ":domain", ":user", ":detail"] {
            let test = "envelope \(part) :is \"from\" \"\""
            #expect(try holds(test, require: ["envelope", "subaddress"], situation: situation(from: "")), "\(part)")
        }
    }

    @Test("parts of an extension that is not required are unknown")
    func notRequired() {
        #expect(compile("require \"envelope\"; if envelope \"envid\" \"x\" {}").errors.count == 1)
    }

    @Test("any of the site's separators divides user and detail")
    func separators() throws {
        var settings = SieveSettings()
        settings.detailSeparators = "-+"
        let place = situation(to: "bob-a+b@example.org")
        #expect(
            try holds(
                "envelope :detail \"to\" \"a+b\"",
                require: ["envelope", "subaddress"],
                situation: place,
                settings: settings
            )
        )
    }

    @Test(
        "fields of one name are told apart by number",
        arguments: [
            ("header :index 1 \"received\" \"one\"", true), ("header :index 2 \"received\" \"two\"", true),
            ("header :index 1 \"received\" \"two\"", false), ("header :last :index 1 \"received\" \"three\"", true),
            ("header :index 4 :contains \"received\" \"\"", false), ("address :index 2 \"to\" \"b@b.test\"", true),
            ("date :index 2 \"date\" \"year\" \"2002\"", true),
            // Of several names all fields count, in the order of the names.
            ("header :index 3 [\"to\", \"received\"] \"one\"", true),
            ("header :index 3 [\"to\", \"received\"] \"three\"", false),
            ("header :index 1 [\"to\", \"received\"] \"one\"", false),
            ("header :index 4 :last [\"to\", \"received\"] \"b@b.test\"", true),
            ("header :index 1 :last [\"to\", \"received\"] \"b@b.test\"", false),
            ("address :index 2 [\"cc\", \"to\"] \"b@b.test\"", true),
            ("header :index 6 :contains [\"to\", \"received\"] \"\"", false),
        ]
    )
    func index(_ test: String, _ expected: Bool) throws {
        let message = """
            Received: one
            Received: two
            Received: three
            To: a@a.test
            To: b@b.test
            Date: Mon, 1 Jan 2001 00:00:00 +0000
            Date: Tue, 1 Jan 2002 00:00:00 +0000

            """
        #expect(try holds(test, require: ["index", "date"], on: message) == expected)
    }

    @Test("variables may say which part of a date is meant, and in which zone")
    func dateByVariables() throws {
        let script = """
            require ["date", "variables", "fileinto"];
            set "part" "Hour";
            set "zone" "+0200";
            if date :zone "${zone}" "date" "${part}" "14" { fileinto "found"; }
            if currentdate :zone "${zone}" :contains "${part}" "" { fileinto "now"; }
            set "zone" "nowhere";
            if date :contains :zone "${zone}" "date" "${part}" "" { fileinto "no zone"; }
            set "part" "fortnight";
            if date :contains "date" "${part}" "" { fileinto "no part"; }
            if currentdate :contains "${part}" "" { fileinto "no part"; }
            """
        let result = try run(script, on: "Date: Mon, 1 Jan 2001 12:00:00 +0000\n\n")
        #expect(result.summary == ["fileinto found", "fileinto now"])
        #expect(compile("require \"date\"; if date \"date\" \"fortnight\" \"1\" {}").errors.count == 1)
    }

    @Test("a number must be given with :last, and is from 1")
    func wrongIndex() {
        #expect(compile("require \"index\"; if header :last \"a\" \"b\" {}").errors.count == 1)
        #expect(compile("require \"index\"; if header :index 0 \"a\" \"b\" {}").errors.count == 1)
    }

    @Test(
        "every part of a date, in the zone asked for",
        arguments: [
            ("year", "2003"), ("month", "07"), ("day", "01"), ("date", "2003-07-01"), ("julian", "52821"),
            ("hour", "10"),
            ("minute", "52"), ("second", "37"), ("time", "10:52:37"), ("iso8601", "2003-07-01T10:52:37+02:00"),
            ("std11", "Tue, 01 Jul 2003 10:52:37 +0200"), ("zone", "+0200"), ("weekday", "2"),
        ]
    )
    func dateParts(_ part: String, _ value: String) throws {
        let message = "Date: Tue, 1 Jul 2003 10:52:37 +0200\n\n"
        #expect(try holds("date :originalzone \"date\" \"\(part)\" \"\(value)\"", require: ["date"], on: message))
        #expect(try holds("date :zone \"+0200\" \"date\" \"\(part)\" \"\(value)\"", require: ["date"], on: message))
    }

    @Test("days change with the zone, and the owner's is the default")
    func zones() throws {
        let message = "Received: from a by b; Tue, 1 Jul 2003 23:30:00 +0000\n\n"
        #expect(try holds("date :zone \"-0500\" \"received\" \"date\" \"2003-07-01\"", require: ["date"], on: message))
        #expect(try holds("date :zone \"+0100\" \"received\" \"date\" \"2003-07-02\"", require: ["date"], on: message))
        var place = situation()
        place.zoneMinutes = 120
        #expect(try holds("date \"received\" \"hour\" \"01\"", require: ["date"], on: message, situation: place))
        #expect(try holds("currentdate \"hour\" \"05\"", require: ["date"], situation: place))
        #expect(try holds("currentdate :zone \"+0000\" \"iso8601\" \"2026-07-14T03:33:20Z\"", require: ["date"]))
    }

    @Test("dates before 1970 and after 2038 count the same way")
    func farDates() throws {
        for (date, julian) in [
            ("Mon, 17 Nov 1858 00:00:00", "0"), ("Wed, 31 Dec 1969 12:00:00", "40586"),
            ("Fri, 1 Jan 2100 00:00:00", "88069"),
        ] {
            #expect(
                try holds("date \"date\" \"julian\" \"\(julian)\"", require: ["date"], on: "Date: \(date) +0000\n\n"),
                "\(date)"
            )
        }
    }

    @Test("what is no date matches nothing")
    func noDate() throws {
        #expect(try !holds("date :contains \"date\" \"year\" \"\"", require: ["date"], on: "Date: yesterday\n\n"))
    }

    @Test("wrong zones and parts are refused")
    func wrongDates() {
        for arguments in [
            "\"date\" \"fortnight\" \"x\"", ":zone \"CET\" \"date\" \"year\" \"x\"",
            ":zone \"+0160\" \"date\" \"year\" \"x\"",
        ] {
            #expect(compile("require \"date\"; if date \(arguments) {}").errors.count == 1, "\(arguments)")
        }
    }

    @Test("items of the environment are the world's to answer; an unknown one matches nothing")
    func environment() throws {
        var world = FakeWorld()
        world.items = ["domain": "example.org", "remote-ip": ""]
        #expect(try holds("environment \"Domain\" \"example.org\"", require: ["environment"], world: world))
        #expect(try holds("environment :is \"remote-ip\" \"\"", require: ["environment"], world: world))
        #expect(try !holds("environment :contains \"x\" \"\"", require: ["environment"], world: world))
    }
}
