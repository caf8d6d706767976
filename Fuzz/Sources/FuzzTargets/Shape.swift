/// An input made to be slow or big to read: one thing over and over, as many octets of it as wanted. Lesson 9.
///
/// Reading it must cost in proportion to its length, and what is told of it must be bounded by its length or by a
/// limit.
package struct Shape: Sendable, CustomStringConvertible {
    package let name: String
    private let head: String
    private let unit: @Sendable (Int) -> String
    private let tail: String

    package var description: String { self.name }

    /// - Parameter unit: what is repeated, by its number from 0.
    private init(_ name: String, _ head: String, tail: String = "\r\n", unit: @escaping @Sendable (Int) -> String) {
        self.name = name
        self.head = head
        self.unit = unit
        self.tail = tail
    }

    private init(_ name: String, _ head: String, _ unit: String, tail: String = "\r\n") {
        self.init(name, head, tail: tail) { _ in unit }
    }

    /// The input, a little longer than `octets`. Characters up to U+00FF stand for single octets.
    package func bytes(octets: Int) -> [UInt8] {
        var bytes = Self.latin(self.head)
        bytes.reserveCapacity(octets + 1_024)
        var number = 0
        while bytes.count < octets {
            bytes.append(contentsOf: Self.latin(self.unit(number)))
            number += 1
        }
        return bytes + Self.latin(self.tail)
    }

    private static func latin(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    package static func all(for target: FuzzTarget) -> [Shape] {
        switch target {
        case .bytes: Self.bytes
        case .smtp: Self.smtp
        case .smtpReplies: Self.smtpReplies
        case .imap: Self.imap
        case .pop3: Self.pop3
        case .manageSieve: Self.manageSieve
        case .mime: Self.mime + Self.mimeHeaders
        case .sasl: Self.sasl
        case .sieve: Self.sieve
        case .auth: Self.auth + Self.authRecords
        }
    }

    private static let manageSieve = [
        Shape("a line without end", "NOOP \"", "a", tail: ""), Shape("quotes", "NOOP ", "\""),
        Shape("backslashes", "NOOP \"", "\\\\", tail: "\"\r\n"), Shape("empty literals", "PUTSCRIPT ", "{0+}\r\n "),
        Shape("literals that are refused", "", "NOOP {99999999+}\r\n"), Shape("noops", "", "NOOP\r\n"),
        Shape("a long script", "CHECKSCRIPT {9999+}\r\n", "keep;\r\n"), Shape("digits", "HAVESPACE \"a\" ", "9"),
        Shape("blanks", "HAVESPACE", " "), Shape("logins", "", "AUTHENTICATE \"PLAIN\"\r\n\"=\"\r\n"),
    ]

    private static let sieve = [
        Shape("blocks in blocks", "", "if true {"), Shape("tests in tests", "if ", "not "),
        Shape("a long list", "if header \"a\" [\"b\"", ",\"b\"", tail: "] { stop; }"),
        Shape("comments", "", "/* */"), Shape("one long string", "redirect \"", "a", tail: "\";"),
        Shape("keeps", "", "keep;"), Shape("mistakes", "", "x;"),
        Shape("lists", "if anyof (true", ",true", tail: ") {}"),
        Shape("variables", "require \"variables\"; set \"a\" \"", "${a}", tail: "\";"),
        Shape("doubled", "require \"variables\"; set \"a\" \"x\";", "set \"a\" \"${a}${a}\";", tail: ""),
        Shape(
            "wildcards",
            "if header :matches \"a\" \"",
            "*?x",
            tail: "\" {}\u{0}a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
        ),
        Shape("matched", "if header :matches \"a\" \"*x*y*x*z*\" {}\u{0}a: ", "xy"),
        Shape("alternatives", "require \"regex\"; if header :regex \"a\" \"", "(a|b)*", tail: "\" {}\u{0}a: abab\r\n"),
        Shape(
            "matched by alternatives",
            "require \"regex\"; if header :regex \"a\" \"(a|aa)*(b|a*)*c\" {}\u{0}a: ",
            "a"
        ),
        Shape(
            "repeats",
            "require \"regex\"; if header :regex \"a\" \"a",
            "{1,9}",
            tail: "\" {}\u{0}a: aaaaaaaaaaa\r\n"
        ),
        Shape("added", "require \"editheader\";", "addheader \"a\" \"b\";deleteheader :index 2 \"a\";", tail: ""),
        Shape("includes", "require \"include\";", "include :optional \"a\";", tail: ""),
        Shape("enclosed", "require \"enclose\";", "enclose \"a\";", tail: "\u{0}a: b\r\n\r\nc\r\n"),
        Shape("known boundaries", "require \"enclose\"; enclose \"a\";\u{0}") { "=_enclosed_\($0)" },
        Shape(
            "parts",
            "require [\"foreverypart\",\"replace\"]; foreverypart { replace \"x\"; }\u{0}"
                + Self.multipart("b"),
            "\r\nx\r\n--b\r\n",
            tail: "--b--\r\n"
        ),
        Shape("fields", "if header :contains [\"a\",\"b\"] [\"c\",\"d\"] {}\u{0}", "b: e\r\n"),
        Shape("addresses", "require \"subaddress\"; if address :detail [\"to\",\"cc\"] \"x\" {}\u{0}To: ", "a+b@c,"),
    ]

    private static let auth = [
        Shape("fields", "\u{0}", "a:b\r\n"), Shape("authors", "\u{0}From: ", "a@b.test, "),
        Shape("authors' domains", "\u{0}From: ") { "a@b\($0).test," },
        Shape("angles", "\u{0}From: ", "<a@b.test> "), Shape("From fields", "\u{0}", "From: a@b.test\r\n"),
        Shape("signatures", "\u{0}", "DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=b; h=from; bh=AA==; b=AA==\r\n"),
        Shape("signed names", "\u{0}DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=b; bh=AA==; b=AA==; h=from", ":a"),
        Shape("tags", "\u{0}DKIM-Signature: v=1") { "; a\($0)=b" },
        Shape("semicolons", "\u{0}DKIM-Signature: v=1", ";"), Shape("folds", "\u{0}DKIM-Signature: v=1; b=", "\r\n a"),
        Shape("sets", "\u{0}From: a@b.test\r\n") {
            "ARC-Seal: i=\($0 + 1); a=rsa-sha256; cv=none; d=a.test; s=b; b=AA==\r\n"
        },
        Shape("results", "\u{0}Authentication-Results: a", "; spf=pass"),
        Shape("comments", "\u{0}Authentication-Results: ", "("),
        Shape("properties", "\u{0}Authentication-Results: a; spf=pass", " a.b=c"),
        Shape("quoted pairs", "\u{0}Authentication-Results: a; spf=pass reason=\"", "\\\""),
        Shape("lines", "\u{0}From: a@b.test\r\n\r\n", "\r\n"), Shape("blanks", "\u{0}From: a@b.test\r\n\r\n", " \t"),
    ]

    private static let authRecords = [
        Shape("mechanisms", "mail.example.org TXT v=spf1", " a:b.test"),
        Shape("includes", "* TXT v=spf1", " include:%{d}"), Shape("macros", "* TXT v=spf1 exists:", "%{l1r-}"),
        Shape("many policies", "", "mail.example.org TXT v=spf1 ?all\n"),
        Shape("exchanges", "mail.example.org TXT v=spf1 mx -all\n") { "mail.example.org MX 1 m\($0).test\n" },
        Shape("pointers", "mail.example.org TXT v=spf1 ptr -all\n") { "* PTR p\($0).example.org\n" },
        Shape("reports", "_dmarc.example.org TXT v=DMARC1; p=none; rua=", "mailto:a@b.test,"),
        Shape("records", "CLIENT 192.0.2.1 a.test a@b.test\n") { "* TXT v=DMARC1; p=none; a\($0)=b\n" },
        Shape("suffixes", "* TXT ") { "s\($0).test " },
    ]

    private static let bytes = [
        Shape("soft breaks", "", "= \t"), Shape("blanks", "", " "), Shape("shifts", "", "&"),
        Shape("short runs", "", "&AOk-"), Shape("one long run", "&", "AOkA", tail: "-"),
        Shape("escapes", "iso-2022-jp\n", "\u{1B}$B!!\u{1B}(B"), Shape("ill-formed", "euc-jp\n", "\u{FF}"),
        Shape("UTF-7", "utf-7\n", "+AOk-"), Shape("half characters", "", "\u{F0}\u{9F}"),
    ]

    private static let smtp = [
        Shape("one line without end", "", "x"), Shape("empty lines", "", "\r\n"), Shape("bare LF", "", "\n"),
        Shape("bare CR", "DATA\r\n", "\r"), Shape("commands", "", "NOOP\r\n"),
        Shape("dots", "DATA\r\n", ".\r\n..\r\n"), Shape("almost ends", "DATA\r\n", ".\rx\n.\r"),
        Shape("messages", "", "DATA\r\n.\r\n"), Shape("chunks", "", "BDAT 1\r\nx"),
        Shape("chunks of nothing", "", "BDAT 0\r\n"), Shape("endless AUTH", "AUTH PLAIN ", "AAAA"),
        Shape("AUTH lines", "AUTH PLAIN\r\n", "A\r\n"), Shape("source route", "RCPT TO:<@a", ",@a", tail: ":b@c>\r\n"),
        Shape("quoted pairs", "MAIL FROM:<\"", "\\\"", tail: "\"@c>\r\n"),
        Shape("parameters", "MAIL FROM:<>", " SIZE=1"), Shape("wishes", "RCPT TO:<a@b> NOTIFY=", "DELAY,"),
        Shape("envelopes", "", "MAIL FROM:<\"a b\"@c> SIZE=1\r\nRCPT TO:<d@e> NOTIFY=NEVER\r\n"),
    ]

    private static let smtpReplies = [
        Shape("one line without end", "", "2"), Shape("a reply without end", "", "250-x\r\n"),
        Shape("replies", "", "250 x\r\n"), Shape("empty lines", "", "\r\n"),
        Shape("offers", "220 x\r\n", "250-PIPELINING\r\n250-AUTH A B C D E F\r\n250 DSN\r\n"),
        Shape("ill-formed", "", "250 \u{FF}\u{FF}\u{FF}\u{FF}\r\n"),
    ]

    private static let pop3 = [
        Shape("one line without end", "", "x"), Shape("empty lines", "", "\r\n"), Shape("commands", "", "NOOP\r\n"),
        Shape("dots", "", ".\r\n"), Shape("bare LF", "", "\n"), Shape("bare CR", "", "\r"),
        Shape("endless AUTH", "AUTH PLAIN ", "AAAA"), Shape("a large number", "RETR ", "9"),
    ]

    private static let sasl = [
        Shape("NULs", "PLAIN\n", "\u{0}"), Shape("commas", "SCRAM-SHA-256\n", ","),
        Shape("extensions", "SCRAM-SHA-256\nn,,n=u,r=x", ",z=1"), Shape("escapes", "SCRAM-SHA-256\nn,a=", "=2C"),
        Shape("messages", "LOGIN\n", "x\n"), Shape("soft hyphens", "PLAIN\n", "\u{C2}\u{AD}"),
        Shape("combining marks", "SCRAM-SHA-256\nn,,n=e", "\u{CC}\u{81}", tail: ",r=x"),
    ]
}

extension Shape {
    private static let imap = [
        Shape("one line without end", "", "x"), Shape("empty lines", "", "\r\n"), Shape("commands", "", "a NOOP\r\n"),
        Shape("parentheses", "a SEARCH ", "("), Shape("closed parentheses", "a SEARCH ", "(ALL) "),
        Shape("NOT", "a SEARCH ", "NOT "), Shape("OR", "a SEARCH ", "OR ALL "), Shape("keys", "a SEARCH ", "UNSEEN "),
        Shape("elements", "a FETCH 1", ",1", tail: " FLAGS\r\n"),
        Shape("backward elements", "a UID FETCH 1", tail: " FLAGS\r\n") { ",\(900_000_000 - $0):*" },
        Shape("items", "a FETCH 1 (FLAGS", " BODY[1.2.TEXT]<0.1>", tail: ")\r\n"),
        Shape("part number", "a FETCH 1 BODY[1", ".1", tail: "]\r\n"),
        Shape("field names", "a FETCH 1 BODY[HEADER.FIELDS (a", " b", tail: ")]\r\n"),
        Shape("keywords", "a STORE 1 FLAGS (a", tail: ")\r\n") { " k\($0)" },
        Shape("wildcards", "a LIST \"\" \"", "%*", tail: "\"\r\n"),
        Shape("patterns", "a LIST \"\" (a", " %*%", tail: ")\r\n"),
        Shape("many patterns", "", "a LIST \"\" \"%*%*%*%*%*%*%*%*%*%*%*%*%*%*%*%*\"\r\n"),
        Shape("quoted pairs", "a LOGIN \"", "\\\\", tail: "\" x\r\n"),
        Shape("literals", "a SEARCH", " TEXT {1+}\r\nx"), Shape("literals of nothing", "a SEARCH", " TEXT {0+}\r\n"),
        Shape("large literals", "", "a SEARCH TEXT {1000000+}\r\n"),
        Shape("announced only", "", "a SEARCH TEXT {10}\r\n"), Shape("refused literals", "", "a X {4+}\r\nabcd\r\n"),
        Shape("digits", "a LOGIN {", "9", tail: "}\r\n"), Shape("braces", "a LOGIN ", "{"),
        Shape("messages", "a APPEND x", " {1+}\r\nx"), Shape("appends", "", "a APPEND x {2+}\r\nxx\r\n"),
        Shape("a message", "a APPEND x {9000000+}\r\n", "text\r\n"), Shape("idle", "", "a IDLE\r\nDONE\r\n"),
        Shape("logins", "", "a AUTHENTICATE PLAIN\r\nAA==\r\n"),
        Shape("fields of ID", "a ID (\"a\" \"b\"", " \"a\" NIL", tail: ")\r\n"),
        Shape("encoded name", "a SELECT \"&", "AOkA", tail: "-\"\r\n"),
    ]

    /// A multipart's header, up to its first part.
    private static func multipart(_ boundary: String) -> String {
        "Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)\r\n"
    }

    private static let mime = [
        Shape("nested multiparts", "", tail: "\r\nx\r\n") { Self.multipart("b\($0)") },
        Shape("nested messages", "", "Content-Type: message/rfc822\r\n\r\n"),
        Shape("nested digests", "", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"),
        Shape("parts", Self.multipart("b"), "\r\nx\r\n--b\r\n", tail: "--b--\r\n"),
        Shape("parts of nothing", Self.multipart("b"), "--b\r\n"),
        Shape("parts of an empty boundary", Self.multipart("\"\""), "--\n"),
        Shape("messages beside each other", Self.multipart("b"), "Content-Type: message/rfc822\r\n\r\n\r\n--b\r\n"),
        Shape("closed again and again", Self.multipart("b"), "--b--\r\n"),
        Shape(
            "almost boundaries",
            (0..<120).map { Self.multipart(String(repeating: "b", count: $0 + 1)) }.joined(),
            "--x\r\n"
        ),
        Shape("lines", "\r\n", "\n"), Shape("hyphens", Self.multipart("b"), "-"),
        Shape("tags", "Content-Type: text/html\r\n\r\n", "<a"),
        Shape("comments", "Content-Type: text/html\r\n\r\n", "<!--"),
        Shape("scripts", "Content-Type: text/html\r\n\r\n", "<script></b>"),
        Shape("entities", "Content-Type: text/html\r\n\r\n", "&#x41;&amp;&"),
        Shape("base64", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n", "AAAA\r\n"),
        Shape("soft breaks", "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", "= = "),
        Shape("a charset", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\u{1B}$B!!\u{1B}(B\u{FF}"),
        Shape("combining marks", "\r\ne", "\u{CC}\u{81}"), Shape("quoted lines", "\r\n", "> x\r\n"),
    ]

    private static let mimeHeaders = [
        Shape("fields", "", "a:b\r\n"), Shape("fields without a name", "", "x\r\n"), Shape("colons", "", ":"),
        Shape("folds", "Subject: x", "\r\n x"), Shape("blank folds", "Subject:", "\r\n "),
        Shape("Subject", "Subject: ", "x"), Shape("Bcc", "", "Bcc: a@b\r\n"),
        Shape("Received", "", "Received: by x\r\n"),
        Shape("comments in comments", "From: ", "("), Shape("closed comments", "From: ", "()"),
        Shape("comments closed late", "From: ", "(", tail: ")) a@b\r\n"), Shape("backslashes", "From: (", "\\\\"),
        Shape("commas", "From: ", ","), Shape("addresses", "To: ", "a@b,"), Shape("groups", "To: ", "a:b@c;,"),
        Shape("groups in groups", "To: ", "a:"), Shape("angles", "To: ", "<"),
        Shape("routes", "To: <@a", ",@a", tail: ":b@c>\r\n"),
        Shape("names", "To: ", "\"a\" <b@c>, "), Shape("open quotes", "To: ", "\"a\" "), Shape("dots", "To: ", "."),
        Shape("words", "To: ", "a "), Shape("address fields", "", "To: a@b\r\nCc: c@d\r\n"),
        Shape("parameters", "Content-Type: text/plain", tail: "\r\n\r\n") { "; a\($0)=b" },
        Shape("pieces", "Content-Type: text/plain", tail: "\r\n\r\n") { "; a*\($0)*=b" },
        Shape("pieces backwards", "Content-Disposition: attachment", tail: "\r\n\r\n") { "; a*\(900_000 - $0)=b" },
        Shape("pieces of other names", "Content-Type: text/plain", tail: "\r\n\r\n") { "; a\($0)*0=b" },
        Shape("broken parameters", "Content-Type: text/plain", "; a=\""),
        Shape("semicolons", "Content-Type: text/plain", ";"),
        Shape("types", "", "Content-Type: text/plain\r\n"),
        Shape("dispositions", "", "Content-Disposition: inline\r\n"),
        Shape("encodings", "", "Content-Transfer-Encoding: a b\r\n"), Shape("languages", "Content-Language: ", "a,"),
        Shape("encoded words", "Subject: ", "=?utf-8?q?a?= "), Shape("open words", "Subject: ", "=?utf-8?q?a"),
        Shape("words of two charsets", "Subject: ", "=?koi8-r?q?=C1?= =?iso-2022-jp?b?GyRC?= "),
        Shape("words of no charset", "Subject: ") { "=?x\($0)?q?a?= " }, Shape("almost words", "Subject: ", "=?"),
        Shape("dates", "Date: ", "1 Jan 2000 "), Shape("date fields", "", "Date: 1 Jan 2000 00:00:00 +0000\r\n"),
    ]
}
