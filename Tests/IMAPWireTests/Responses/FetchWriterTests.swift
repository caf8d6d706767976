import IMAPWire
import MailTypes
import NIOCore
import Testing

@Suite("FETCH responses (RFC 9051 §7.5.2)")
struct FetchWriterTests {
    @Test("a line of flags, with and without its parts")
    func flags() {
        let names = FlagNames(keywords: ["$Forwarded", "", "Work"])
        let flags: FlagSet = [.seen, .draft, .keyword(0), .keyword(1), .keyword(2), .keyword(57)]
        let full = written {
            $0.writeFlagsFetch(
                sequence: 1,
                uid: UID(rawValue: .max),
                flags: flags,
                names,
                isRecent: true,
                modSeq: ModSeq(rawValue: 9)
            )
        }
        #expect(full == "* 1 FETCH (UID 4294967295 FLAGS (\\Recent \\Seen \\Draft $Forwarded Work) MODSEQ (9))\r\n")
        let least = written { $0.writeFlagsFetch(sequence: 23, uid: nil, flags: [], names) }
        #expect(least == "* 23 FETCH (FLAGS ())\r\n")
        #expect(names.named == FlagSet.systemFlags.union([.keyword(0), .keyword(2)]))
    }

    @Test("items in any order, each parted by one space")
    func items() {
        let envelope = Array("(NIL)".utf8)
        let line = written { buffer in
            buffer.writeFetchBegin(12)
            buffer.writeFetchSize(44_827)
            buffer.writeFetchInternalDate(Instant(secondsSince1970: 837_596_665))
            buffer.writeFetchEnvelope(envelope.span)
            buffer.writeFetchBodyStructure(envelope.span)
            buffer.writeFetchBody(envelope.span)
            buffer.writeFetchUID(UID(rawValue: 5))
            buffer.writeFetchModSeq(ModSeq(rawValue: 7))
            buffer.writeFetchFlags(.seen, FlagNames())
            buffer.writeFetchEnd()
        }
        #expect(
            line == "* 12 FETCH (RFC822.SIZE 44827 INTERNALDATE \"17-Jul-1996 09:44:25 +0000\" ENVELOPE (NIL) "
                + "BODYSTRUCTURE (NIL) BODY (NIL) UID 5 MODSEQ (7) FLAGS (\\Seen))\r\n"
        )
        let none = written { buffer in
            buffer.writeFetchBegin(1)
            buffer.writeFetchEnd()
        }
        #expect(none == "* 1 FETCH ()\r\n")
    }

    @Test(
        "sections are labelled as they were asked for",
        arguments: [
            (BodySection(text: .all), nil, "BODY[]"), (BodySection(text: .all), 0, "BODY[]<0>"),
            (BodySection(part: [1, 20], text: .all), 17, "BODY[1.20]<17>"),
            (BodySection(text: .header), nil, "BODY[HEADER]"),
            (BodySection(part: [3], text: .mime), nil, "BODY[3.MIME]"),
            (BodySection(part: [3], text: .text), nil, "BODY[3.TEXT]"),
            (BodySection(text: .headerFields(["DATE", "from"])), nil, "BODY[HEADER.FIELDS (DATE from)]"),
            (
                BodySection(part: [2], text: .headerFieldsNot(["X(a)", "NIL"])), nil,
                "BODY[2.HEADER.FIELDS.NOT (\"X(a)\" \"NIL\")]"
            ),
        ] as [(BodySection, UInt32?, String)]
    )
    func sections(_ section: BodySection, _ origin: UInt32?, _ label: String) throws {
        let body = Array("a\r\n ".utf8)
        let line = written { buffer in
            buffer.writeFetchBegin(1)
            buffer.writeFetchSection(section, origin: origin, body.span)
            buffer.writeFetchEnd()
        }
        #expect(line == "* 1 FETCH (\(label) {4}\r\na\r\n )\r\n")
        let missing = written { $0.writeFetchSection(section, origin: origin, nil) }
        #expect(missing == "\(label) NIL ")
        var streamed = ByteBuffer()
        streamed.writeFetchSectionHead(section, origin: origin, octets: 4)
        streamed.writeBytes(body)
        streamed.writeFetchSectionTail()
        #expect(String(buffer: streamed) == "\(label) {4}\r\na\r\n  ")
        if origin == nil {
            var cursor = WireCursor(ByteBuffer(string: label))
            #expect(try cursor.takeFetchItem() == .section(section, partial: nil, isPeek: false))
        }
    }

    @Test("RFC822 and its kin keep their old names (RFC 3501 §7.4.2)")
    func rfc822() {
        let body = Array("x".utf8)
        #expect(written { $0.writeFetchRFC822(.rfc822, body.span) } == "RFC822 {1}\r\nx ")
        #expect(written { $0.writeFetchRFC822(.rfc822Header, body.span) } == "RFC822.HEADER {1}\r\nx ")
        #expect(written { $0.writeFetchRFC822(.rfc822Text, body.span) } == "RFC822.TEXT {1}\r\nx ")
        #expect(written { $0.writeFetchRFC822(.flags, body.span) } == "")
    }

    @Test("twenty thousand lines hold each message once")
    func many() {
        var buffer = ByteBuffer()
        let names = FlagNames()
        for number in UInt32(1)...20_000 {
            buffer.writeFlagsFetch(sequence: number, uid: UID(rawValue: number + 7), flags: .seen, names)
        }
        let lines = buffer.readableBytesView.split(separator: 0x0A)
        #expect(lines.count == 20_000)
        #expect(
            lines.last.map { String(decoding: $0, as: UTF8.self) } == "* 20000 FETCH (UID 20007 FLAGS (\\Seen))\r"
        )
    }
}
