import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("mailbox, search and string responses")
struct MailboxWriterTests {
    @Test("counts and flags")
    func counts() {
        #expect(written { $0.writeExists(172) } == "* 172 EXISTS\r\n")
        #expect(written { $0.writeRecent(0) } == "* 0 RECENT\r\n")
        #expect(written { $0.writeExpunge(44) } == "* 44 EXPUNGE\r\n")
        #expect(
            written { $0.writeFlags(.systemFlags, FlagNames()) }
                == "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)\r\n"
        )
    }

    @Test("LIST and LSUB lines")
    func lists() {
        let plain = ListResponse(attributes: [], name: "INBOX")
        #expect(written { $0.writeList(plain) } == "* LIST () \"/\" INBOX\r\n")
        let sent = ListResponse(attributes: [.hasNoChildren, .subscribed], specialUse: .sent, name: "Sent Items")
        #expect(
            written { $0.writeList(sent) } == "* LIST (\\HasNoChildren \\Subscribed \\Sent) \"/\" \"Sent Items\"\r\n"
        )
        let parent = ListResponse(attributes: .nonExistent, name: "\u{e9}/&", hasSubscribedChildInfo: true)
        #expect(
            written { $0.writeList(parent) }
                == "* LIST (\\NonExistent) \"/\" &AOk-/&- (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
        )
        #expect(
            written { $0.writeLsub(ListResponse(attributes: .noSelect, name: "")) }
                == "* LSUB (\\Noselect) \"/\" \"\"\r\n"
        )
        let use = ListResponse(attributes: [], specialUse: .junk, name: "a\"b")
        #expect(written { $0.writeList(use) } == "* LIST (\\Junk) \"/\" \"a\\\"b\"\r\n")
    }

    @Test("STATUS tells what is known and nothing else")
    func status() {
        var values = StatusValues()
        #expect(written { $0.writeStatus("x", values) } == "* STATUS x ()\r\n")
        values.messages = 231
        values.uidNext = UID(rawValue: 44_292)
        #expect(
            written { $0.writeStatus("blurdybloop", values) } == "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n"
        )
        values.recent = 0
        values.uidValidity = UIDValidity(rawValue: 1)
        values.unseen = 2
        values.deleted = 3
        values.size = 5_000_000_000
        values.highestModSeq = ModSeq(rawValue: 7)
        values.appendLimit = 8
        #expect(
            written { $0.writeStatus("INBOX", values) } == "* STATUS INBOX (MESSAGES 231 RECENT 0 UIDNEXT 44292 "
                + "UIDVALIDITY 1 UNSEEN 2 DELETED 3 SIZE 5000000000 HIGHESTMODSEQ 7 APPENDLIMIT 8)\r\n"
        )
    }

    @Test("SEARCH and ESEARCH (RFC 4731 §4)")
    func search() {
        #expect(written { $0.writeSearch([]) } == "* SEARCH\r\n")
        #expect(written { $0.writeSearch([], modSeq: ModSeq(rawValue: 1)) } == "* SEARCH\r\n")
        #expect(
            written { $0.writeSearch([2, 84, 882], modSeq: ModSeq(rawValue: 5)) } == "* SEARCH 2 84 882 (MODSEQ 5)\r\n"
        )
        var result = ESearchResponse(tag: "A283", numbering: .sequence)
        #expect(written { $0.writeESearch(result) } == "* ESEARCH (TAG \"A283\")\r\n")
        result.all = [2, 10, 11]
        #expect(written { $0.writeESearch(result) } == "* ESEARCH (TAG \"A283\") ALL 2,10:11\r\n")
        result = ESearchResponse(tag: "A1", numbering: .uid)
        result.all = []
        result.minimum = 2
        result.maximum = 47
        result.count = 0
        result.modSeq = ModSeq(rawValue: 1)
        #expect(written { $0.writeESearch(result) } == "* ESEARCH (TAG \"A1\") UID MIN 2 MAX 47 COUNT 0 MODSEQ 1\r\n")
    }

    @Test(
        "strings are atoms, quoted or literals, as they must be",
        arguments: [
            ("abc", "abc"), ("", "\"\""), ("a b", "\"a b\""), ("nil", "\"nil\""), ("a]", "\"a]\""),
            ("a\"\\", "\"a\\\"\\\\\""), ("\u{e9}", "{2}\r\n\u{e9}"), ("a\r\nb", "{4}\r\na\r\nb"), ("\0", "{1}\r\n\0"),
            ("a%b", "\"a%b\""),
        ]
    )
    func strings(_ text: String, _ wire: String) throws {
        #expect(written { $0.writeAString(text) } == wire)
        var cursor = WireCursor(ByteBuffer(string: wire))
        #expect(try cursor.takeAString() == Array(text.utf8))
        #expect(cursor.isAtEnd)
    }

    @Test("long strings are literals, missing ones NIL")
    func longStrings() {
        let long = String(repeating: "a", count: 2_000)
        #expect(written { $0.writeIMAPString(long) } == "{2000}\r\n" + long)
        #expect(written { $0.writeNString(nil) } == "NIL")
        #expect(written { $0.writeNString("NIL") } == "\"NIL\"")
    }

    @Test(
        "mailbox names read back as they were",
        arguments: ["INBOX", "a b", "R&D/\u{1f4e7}", "a%*", "NIL", "\u{0}", "\""]
    )
    func mailboxes(_ name: String) throws {
        var buffer = ByteBuffer()
        buffer.writeMailbox(name)
        var cursor = WireCursor(buffer)
        #expect(try cursor.takeMailbox().name == name)
    }

    @Test("numbers are written digit by digit")
    func numbers() {
        var value: UInt64 = 1
        while value < .max / 10 {
            for number in [value - 1, value, value + 1] {
                #expect(written { $0.writeDecimal(number) } == String(number))
                #expect(
                    written { $0.writeDecimal(UInt32(truncatingIfNeeded: number)) }
                        == String(UInt32(truncatingIfNeeded: number))
                )
                #expect(written { $0.writeDecimal(Int(number)) } == String(number))
            }
            value *= 10
        }
        #expect(written { $0.writeDecimal(UInt64.max) } == "18446744073709551615")
        #expect(written { $0.writeDecimal(-1) } == "0")
    }
}
