"""Messages put together by chance, odd but readable, of which two servers must say the same."""

import base64
import quopri

WORDS = [
    "John", "Q.", "Public", '"Doe, Jane"', '"a\\"b"', "=?iso-8859-1?Q?Andr=E9?=", "=?UTF-8?B?w6TDtsO8?=", "=?us-ascii?q?x_y?=",
    "=?x-unknown?q?abc?=", '""', "a=b", "=?utf-8?q?a?= =?utf-8?q?b?=", "Dr.", "=?koi8-r?b?8NLJ18XU?=",
]
LOCALS = ["alice", "bob", "a.b", "Ann-Marie", "o'neil", "a+b", '"quoted local"', '"a@b"']
DOMAINS = ["example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]", "x", "xn--bcher-kva.example", "example . org", "(c)example.org"]
COMMENTS = ["(comment)", "(a b)", "(\\))", "(x(y))", "(=?utf-8?q?=C3=A4?=)"]
SUBJECTS = [
    "Re:", "hello", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "=?iso-8859-1?q?na=EFve?=", "=?utf-8?b?w6TDtg==?=",
    "=?koi8-r?b?8NLJ18XU?=",
    "=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "=?gb2312?b?xOO6ww==?=", "=?windows-1252?q?=80?=", "money", "FREE", "List", "(c)",
]
TEXTS = [
    "Hello world\n", "Grüße aus Köln\n", "  indented\n\n\n", "<html><body>bold <b>text</b> &amp; März</body></html>\n",
    "Money FREE list\n", "From me\n>From you\n", ".\n..\n", "你好世界\n", "needle hay\nstack\n", "-- \nsig\n", "Привет, мир\n",
]
EXTENDED = ["name*0=abc; name*1=def", "name*=utf-8''a%20b", "filename*0*=utf-8''%C3%A4; filename*1=x", "x*1=b; x*0=a"]
DISPOSITIONS = ["attachment", "inline", 'attachment; filename="a b.txt"', "inline; filename*=utf-8''%C3%A4"]
TYPES = ["text/plain", "text/plain", "TEXT/html", "application/octet-stream", "image/png", "text/calendar"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
CHARSETS = ["utf-8", "utf-8", "iso-8859-1", "koi8-r", "gb2312", "us-ascii"]


class Mail:
    """Makes messages, each from the numbers that `chance` (a random.Random) gives next; with others in them if `encloses`."""

    def __init__(self, chance, encloses=True):
        self.chance, self.encloses = chance, encloses
        self.boundaries = 0

    def message(self, depth=0):
        """A message with CRLF."""
        header = b"".join(line.encode() + b"\r\n" for line in self.header())
        return header + (self.multipart(depth) if self.chance.random() < 0.5 else self.leaf())

    def header(self):
        fields = [
            ("From", 0.95, self.addresses), ("To", 0.8, self.addresses), ("Cc", 0.3, self.addresses),
            ("Sender", 0.2, self.mailbox), ("Reply-To", 0.2, self.addresses), ("Date", 0.9, self.date),
            ("Subject", 0.9, self.subject), ("Message-ID", 0.8, lambda: f"<{self.chance.randrange(999)}@example.org>"),
            ("In-Reply-To", 0.2, lambda: "Your message <a@b>"), ("X-Custom", 0.4, self.subject),
            ("X-Priority", 0.3, lambda: self.chance.choice(["1", "3", "5 (low)"])),
            ("Received", 0.4, lambda: f"from a by b with c; {self.date()}"), ("MIME-Version", 1, lambda: "1.0"),
        ]
        lines = []
        for name, likely, value in fields:
            while self.chance.random() < likely:
                lines.append(f"{self.chance.choice([name, name, name.lower(), name.upper()])}: {value()}")
                likely *= 0 if name in ("Date", "MIME-Version") else 0.1
        self.chance.shuffle(lines)
        return lines

    # Header fields

    def comment(self, likely):
        return " " + self.chance.choice(COMMENTS) if self.chance.random() < likely else ""

    def blank(self):
        return self.chance.choice([" ", " ", "  ", "\r\n ", "\r\n\t"])

    def phrase(self):
        return self.blank().join(self.chance.choice(WORDS) for _ in range(self.chance.randint(1, 3)))

    def address(self):
        local = self.chance.choice(LOCALS)
        return f"{local}@{self.chance.choice(DOMAINS) if self.chance.random() < 0.4 else 'example.org'}"

    def mailbox(self):
        kind = self.chance.random()
        if kind < 0.35:
            return self.address() + self.comment(0.2)
        if kind < 0.45:
            return f"<{self.address()}>"
        route = "@a,@b:" if self.chance.random() < 0.05 else ""
        return f"{self.phrase()}{self.comment(0.1)} <{route}{self.address()}>{self.comment(0.1)}"

    def addresses(self):
        members = []
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            if self.chance.random() < 0.1:
                inner = ", ".join(self.mailbox() for _ in range(self.chance.choice([1, 2])))
                members.append(f"{self.phrase()}: {inner};")
            else:
                members.append(self.mailbox())
        return self.chance.choice([", ", ",", ",\r\n "]).join(members)

    def subject(self):
        words = [self.chance.choice(SUBJECTS) + self.blank() for _ in range(self.chance.randint(1, 5))]
        return "".join(words).strip()

    def date(self):
        day, clock = self.chance.randint(1, 28), f"{self.chance.randrange(24):02}:{self.chance.randrange(60):02}"
        seconds = f":{self.chance.randrange(60):02}" if self.chance.random() < 0.8 else ""
        zone = self.chance.choice(["+0000", "-0500", "+0200", "GMT", "EST", "+0530", "-0800", "+1400"])
        year = self.chance.choice([1999, 2002, 2002, 2002, 2024])
        return f"{self.chance.choice(['', 'Mon, '])}{day} {self.chance.choice(MONTHS)} {year} {clock}{seconds} {zone}"

    # Parts

    def parameters(self, first=()):
        found = list(first)
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            name = self.chance.choice(["name", "format", "x", "filename", "NAME"])
            found.append(f"{name}={self.chance.choice(['abc', chr(34) + 'a b' + chr(34), 'flowed', 'x(c)'])}")
        if self.chance.random() < 0.2:
            found.append(self.chance.choice(EXTENDED))
        return "".join(self.chance.choice(["; ", ";", ";\r\n\t", " ; "]) + one for one in found)

    def more(self):
        lines = []
        for name, likely, values in [
            ("Content-Disposition", 0.3, DISPOSITIONS), ("Content-ID", 0.15, ["<a@b>", "(c) <a@b>"]),
            ("Content-Description", 0.15, ["some text", "=?utf-8?q?=C3=A4?="]),
            ("Content-Language", 0.1, ["en", "en, de", "(c) en"]), ("Content-Location", 0.1, ["http://a/b"]),
        ]:
            if self.chance.random() < likely:
                lines.append(f"{name}: {self.chance.choice(values)}")
        return lines

    @staticmethod
    def head(lines):
        return b"".join(line.encode() + b"\r\n" for line in lines) + b"\r\n"

    def leaf(self):
        kind, charset = self.chance.choice(TYPES), self.chance.choice(CHARSETS)
        text = "".join(self.chance.choice(TEXTS) for _ in range(self.chance.randint(1, 4))).encode(charset, "replace")
        encoding = self.chance.choice(["8bit", "8bit", "quoted-printable", "base64", "BASE64", "7bit"])
        if encoding == "quoted-printable":
            text = quopri.encodestring(text)
        elif encoding.lower() == "base64":
            text = base64.encodebytes(text)
        lines = [f"Content-Type: {kind}{self.parameters([f'charset={charset}'])}"]
        lines += [f"Content-Transfer-Encoding: {encoding}", *self.more()]
        return self.head(lines) + text.replace(b"\n", b"\r\n")

    def multipart(self, depth):
        self.boundaries += 1
        boundary = self.chance.choice(["b%d", "=_b%d", "----=_NextPart_%d", "b%d:x", "b b%d"]) % self.boundaries
        kind = self.chance.choice(["mixed", "alternative", "digest", "related", "MIXED", "x-y"])
        parameters = self.parameters([f'boundary="{boundary}"'])
        body = self.head([f"Content-Type: multipart/{kind}{parameters}", *self.more()])
        body += self.chance.choice([b"", b"", b"preamble\r\n"])
        for _ in range(self.chance.choice([1, 2, 2, 3])):
            body += b"--" + boundary.encode() + b"\r\n" + self.part(depth + 1) + b"\r\n"
        return body + b"--" + boundary.encode() + b"--\r\n" + self.chance.choice([b"", b"", b"epilogue\r\n"])

    def part(self, depth):
        kind = self.chance.random()
        if depth < 4 and kind < 0.25:
            return self.multipart(depth)
        if depth < 4 and kind < 0.4 and self.encloses:
            return self.head(["Content-Type: message/rfc822", *self.more()]) + self.message(depth + 1)
        return self.leaf()
