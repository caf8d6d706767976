"""IMAP commands put together by chance, without what docs/design/imap-differences.md explains."""

FIELDS = ["From", "SUBJECT", "x-custom", "Content-Type", "received", "Date", "cc", "MIME-Version", "Nothing"]
WORDS = [
    "hello", "needle", "grüße", "GRÜSSE", "köln", "naïve", "äö", "привет", "你好", "Re: hello", "Doe, Jane", "andré",
    "example.org", "alice", "list", "free", "money", "stack", "bold", "märz", "sig", "from you", "5 (low)",
]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Junk", "kw1"]
LEVELS = ["a", "b", "c", "A", "d e", "x.y", "&AOk-", "&U,BTFw-", "foo&-bar", "abc", "ab"]


def string(text):
    """A quoted string, or a literal where it is not ASCII, as octets."""
    octets = text.encode()
    if any(octet >= 0x80 for octet in octets):
        return b"{%d+}\r\n%s" % (len(octets), octets)
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def sections(chance):
    """A few BODY.PEEK[…] items."""
    found = set()
    for _ in range(8):
        path = ".".join(str(chance.choice([1, 1, 1, 2, 2, 3])) for _ in range(chance.choice([0, 0, 1, 1, 2, 3])))
        fields = f"({' '.join(chance.sample(FIELDS, chance.randint(1, 3)))})"
        kinds = ["", "HEADER", "TEXT", f"HEADER.FIELDS {fields}", f"HEADER.FIELDS.NOT {fields}"] + (["MIME"] if path else [])
        section = ".".join(part for part in (path, chance.choice(kinds)) if part)
        partial = f"<{chance.choice([0, 5, 100])}.{chance.choice([1, 70, 10_000])}>" if chance.random() < 0.2 else ""
        found.add(f"BODY.PEEK[{section}]{partial}")
    return sorted(found)


class Search:
    """Makes SEARCH commands for a mailbox of so many messages."""

    def __init__(self, chance, count):
        self.chance, self.count = chance, count

    def command(self):
        key = self.key(2) if self.chance.random() < 0.4 else self.leaf()
        returns = ""
        if self.chance.random() < 0.2:
            returns = f"RETURN ({' '.join(self.chance.sample(['MIN', 'MAX', 'ALL', 'COUNT'], self.chance.randint(0, 3)))}) "
        charset = b"CHARSET UTF-8 " if any(octet >= 0x80 for octet in key) else b""
        return self.chance.choice([b"", b"UID "]) + b"SEARCH " + returns.encode() + charset + key

    def numbers(self):
        def one():
            return "*" if self.chance.random() < 0.1 else str(self.chance.randint(1, self.count))
        return ",".join(one() + (f":{one()}" if self.chance.random() < 0.5 else "") for _ in range(self.chance.randint(1, 3)))

    def date(self):
        return f"{self.chance.randint(1, 28)}-{self.chance.choice(MONTHS)}-{self.chance.choice([1999, 2002, 2002, 2020])}"

    def leaf(self, looks_inside=True):
        plain = [
            "ALL", "ANSWERED", "UNANSWERED", "SEEN", "UNSEEN", "DELETED", "UNDELETED", "NEW", "OLD", "FLAGGED",
            "KEYWORD KW1", "UNKEYWORD kw1", self.numbers(), f"UID {self.numbers()}",
            f"LARGER {self.chance.choice([0, 500, 2000])}", f"SMALLER {self.chance.choice([500, 2000])}",
            f"BEFORE {self.date()}", f"SINCE {self.date()}", f"SENTSINCE {self.date()}",
            f"SENTBEFORE {self.date()} HEADER Date \"\"", f"SENTON {self.date()}", "OLDER 4000000", "YOUNGER 300000000",
        ]
        kind = self.chance.random()
        if kind < 0.4:
            return self.chance.choice(plain).encode()
        # Of two words to look for in texts Dovecot forgets one where one of them is in a NOT.
        if kind < 0.7 or not looks_inside:
            key = self.chance.choice(["SUBJECT", "HEADER X-Custom", "HEADER X-Priority", "HEADER In-Reply-To"])
        else:
            key = self.chance.choice(["BODY", "TEXT"])
        # Dovecot makes one blank of several for SUBJECT and HEADER only.
        words = [word for word in WORDS if " " not in word] if key == "TEXT" else WORDS
        return key.encode() + b" " + string(self.chance.choice(words))

    def key(self, depth):
        kind = self.chance.random()
        if not depth or kind < 0.3:
            return b"(" + self.leaf(looks_inside=False) + b")"
        if kind < 0.5:
            return b"NOT " + self.key(depth - 1)
        if kind < 0.8:
            return b"OR " + self.key(depth - 1) + b" " + self.key(depth - 1)
        return b"(" + b" ".join(self.key(depth - 1) for _ in range(self.chance.randint(1, 3))) + b")"


class Mailboxes:
    """Makes commands that change mailboxes, and ones that ask for them."""

    def __init__(self, chance):
        self.chance = chance

    def name(self):
        return "/".join(self.chance.choice(LEVELS) for _ in range(self.chance.choice([1, 1, 2, 3])))

    def change(self):
        name = string(self.name())
        return self.chance.choice([
            b"CREATE " + name, b"CREATE " + name, b"DELETE " + name, b"RENAME " + name + b" " + string(self.name()),
            b"UNSUBSCRIBE " + name, b"STATUS " + name + b" (MESSAGES UIDNEXT UNSEEN)",
        ])

    def pattern(self):
        fixed = ["*", "%", "%/%", "*/*", "INBOX", "inbox*", "%b%", "a/*", "*a", "%/", "a/%/c", "Inb%", "*b"]
        if self.chance.random() < 0.4:
            return self.chance.choice(fixed)
        text = self.name().replace("&AOk-", "a").replace("&U,BTFw-", "b").replace("&-", "")
        place = self.chance.randint(0, len(text))
        return text[:place] + self.chance.choice("*%") + text[place + self.chance.randint(0, 1):]

    def question(self):
        reference = self.chance.choice(["", "", "a/", "a/b/"])
        if self.chance.random() < 0.2:
            return b"LSUB " + string(reference) + b" " + string(self.chance.choice(["*", "%", "a/%", "*b"]))
        selection = self.chance.choice([b"", b"", b"(SUBSCRIBED) ", b"() ", b"(REMOTE) "])
        returns = self.chance.choice([b"", b" RETURN (SUBSCRIBED CHILDREN)", b" RETURN (STATUS (MESSAGES UNSEEN))"])
        return b"LIST " + selection + string(reference) + b" " + string(self.pattern()) + returns
