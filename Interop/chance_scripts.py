"""Sieve scripts put together by chance, without what docs/design/sieve-differences.md explains."""

EXTENSIONS = [
    "fileinto", "envelope", "encoded-character", "subaddress", "comparator-i;ascii-numeric", "relational", "regex",
    "imap4flags", "copy", "variables", "enotify", "body", "mailbox", "date", "index", "ihave", "mime",
]
HEADERS = [
    "Subject", "from", "To", "Cc", "X-Custom", "Content-Type", "Received", "Date", "Message-ID", "X-Priority", "Sender",
    "Reply-To", "In-Reply-To", "Content-Transfer-Encoding", "X-Nope",
]
KEYS = [
    "a", "hello", "re: hello", "grüße", "GRÜSSE", "example.org", "alice@example.org", "bob", "Doe, Jane", "1", "3", "x", "@",
    "привет", "äö", "5 (low)", "list", "needle", "free", "0", "10", "99999999999", "(c)", "naïve", "é", "ß", "money",
]
GLOBS = ["*", "*a*", "*@*", "* *", "*.org", "a*b*c", "*:*", "re:*", "*\\**", "*ü*", "from * by *", "*e*e*", "*, *"]
REGULAR = [
    ".*", "^a", "a$", "(.*)@(.*)", "[a-z]+", "[[:digit:]]+", "^(re|fwd): *(.*)$", "a?b", "\\.", "([0-9]+)\\.([0-9]+)",
    "(hello|hell)(o?)", "<([^>]*)>", "[[:space:]]", "(^a|b$)", "\\(", "^[^:]*:", "[0-9]{4}",
]
DATES = {
    "year": ["2002", "1999"], "month": ["02", "12"], "day": ["01", "15"], "hour": ["00", "12", "23"], "minute": ["30"],
    "weekday": ["0", "3", "6"], "julian": ["52300"], "zone": ["+0000", "+0530"], "date": ["2002-02-03"], "time": ["12:00:00"],
}
RELATIONS = ["gt", "ge", "lt", "le", "eq", "ne"]
COMPARATORS = ['"i;octet"', '"i;ascii-casemap"']
VARIABLES = ["v1", "v2", "v3"]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Script:
    """Makes scripts in which each test has a number: it adds the flag tN, and :matches files what its wildcards found."""

    FILED_MAX = 10

    def __init__(self, chance):
        self.chance = chance

    def make(self, tests):
        lines = [f"require [{', '.join(map(quoted, EXTENSIONS))}];"]
        filed = 0
        for number in range(tests):
            lines += [self.command() for _ in range(self.chance.choice([0, 0, 1]))]
            test, captures = self.test(2)
            what = f'addflag "t{number}";'
            if captures and filed < self.FILED_MAX:
                filed += 1
                what += f' set :encodeurl "c" "${{0}}|${{1}}|${{2}}"; fileinto "{number} ${{c}}";'
            lines.append(f"if {test} {{ {what} }}")
        lines += [f'set :encodeurl "c" "${{{name}}}"; fileinto "{name} ${{c}}";' for name in VARIABLES]
        return "\r\n".join(lines) + "\r\n"

    def several(self, make):
        if self.chance.random() < 0.6:
            return make()
        return f"[{', '.join(make() for _ in range(self.chance.randint(1, 3)))}]"

    def one(self, texts):
        return quoted(self.chance.choice(texts))

    def match(self):
        """Tagged arguments and the match type."""
        kind = self.chance.choice(["", ":is", ":contains", ":contains", ":matches", ":matches", ":regex", ":count", ":value"])
        comparators = list(COMPARATORS)
        if kind in ("", ":is", ":value"):
            comparators.append('"i;ascii-numeric"')
        if kind == ":count":
            comparators = ['"i;ascii-numeric"']
        tags = [f":comparator {self.chance.choice(comparators)}"] if kind == ":count" or self.chance.random() < 0.5 else []
        if kind:
            tags.append(kind + (f" {self.one(RELATIONS)}" if kind in (":count", ":value") else ""))
        return tags, kind

    def keys(self, kind):
        if kind == ":count":
            return self.several(lambda: self.one(["0", "1", "2", "3"]))
        if kind == ":regex":
            return self.several(lambda: self.one(REGULAR))
        if kind == ":matches":
            return self.several(lambda: self.one(GLOBS))
        return self.several(lambda: self.one(KEYS + ["${v1}", "a${v2}", "${hex:41}", "${unicode:e9}"]))

    def arguments(self, tags):
        self.chance.shuffle(tags)
        return " ".join(tags)

    def index(self):
        if self.chance.random() > 0.15:
            return []
        return [f":index {self.chance.choice([1, 1, 2, 3])}"] + ([":last"] if self.chance.random() < 0.5 else [])

    def test(self, depth):
        """A test and whether what wildcards found is to be filed."""
        if depth and self.chance.random() < 0.25:
            inner = ", ".join(self.test(depth - 1)[0] for _ in range(self.chance.randint(1, 3)))
            kind = self.chance.choice(["anyof", "allof", "not anyof"])
            return f"{kind} ({inner})", False
        tags, kind = self.match()
        captures = kind in (":matches", ":regex") and self.chance.random() < 0.6
        tests = [self.header, self.header, self.header, self.address, self.address, self.body, self.date, self.envelope,
                 self.string, self.hasflag, self.other]
        return self.chance.choice(tests)(tags, kind), captures

    def header(self, tags, kind):
        names = self.several(lambda: self.one(HEADERS))
        if self.chance.random() < 0.15:
            tags += [":mime", self.chance.choice([":type", ":subtype", ":contenttype"])]
            names = '"Content-Type"'
        else:
            tags += self.index()
        return f"header {self.arguments(tags)} {names} {self.keys(kind)}"

    def address(self, tags, kind):
        part = self.chance.choice(["", ":all", ":localpart", ":domain", ":user", ":detail"]) if kind != ":count" else ""
        names = self.several(lambda: self.one(["From", "To", "cc", "Sender", "Reply-To"]))
        return f"address {self.arguments(tags + self.index() + ([part] if part else []))} {names} {self.keys(kind)}"

    def envelope(self, tags, kind):
        part = self.chance.choice([":all", ":localpart", ":domain", ":user", ":detail"]) if kind != ":count" else ":all"
        return f"envelope {self.arguments([*tags, part])} {self.several(lambda: self.one(['from', 'to']))} {self.keys(kind)}"

    def body(self, tags, kind):
        if kind in (":count", ":value"):
            tags, kind = [":contains"], ":contains"
        types = self.several(lambda: self.one(["text", "text/html", "", "image/png", "text/plain"]))
        return f"body {self.arguments([*tags, self.chance.choice([':raw', ':text', f':content {types}'])])} {self.keys(kind)}"

    def date(self, tags, kind):
        if kind in (":count", ":regex", ":matches"):
            tags, kind = [':value "ge"'], ":value"
        part = self.chance.choice(list(DATES))
        zone = self.chance.choice([':zone "+0000"', ':zone "+0530"', ':zone "-0800"', ":originalzone"])
        return f'date {self.arguments([*tags, zone])} "Date" {quoted(part)} {self.several(lambda: self.one(DATES[part]))}'

    def string(self, tags, kind):
        tags = [tag for tag in tags if kind == ":count" or "comparator" not in tag]
        if kind != ":count":
            tags.append(f':comparator {self.chance.choice(COMPARATORS)}')
        sources = self.several(lambda: self.one(["${v1}", "${v2}", "${v3}", "hello", "a b", "12", "ÄÖ"]))
        return f"string {self.arguments(tags)} {sources} {self.keys(kind)}"

    def hasflag(self, tags, kind):
        if kind == ":regex":
            tags, kind = [], ""
        flags = self.several(lambda: self.one(["\\Seen", "a", "b", "A", "kw"]))
        return f"hasflag {self.arguments(tags)} {self.one(['f1', 'f2'])} {flags if kind != ':count' else self.keys(kind)}"

    def other(self, tags, kind):
        names = self.several(lambda: self.one(HEADERS))
        return self.chance.choice([
            f"exists {names}", f"size :over {self.chance.choice(['100', '1K', '4000'])}", "size :under 2K", 'ihave "fileinto"',
            'ihave "nope"', 'mailboxexists ["Archive", "INBOX"]', 'mailboxexists "Nope"',
        ])

    def command(self):
        if self.chance.random() < 0.5:
            flags = self.several(lambda: self.one(["\\Seen", "a", "b", "a b", "A", "\\Flagged \\Seen", "kw", "${v1}"]))
            return f"{self.chance.choice(['setflag', 'addflag', 'removeflag'])} {self.one(['f1', 'f2'])} {flags};"
        modifiers = [
            one for one in (self.chance.choice([":lower", ":upper"]), self.chance.choice([":lowerfirst", ":upperfirst"]),
                            ":quotewildcard", ":length") if self.chance.random() < 0.3
        ]
        self.chance.shuffle(modifiers)
        text = self.one(["Hello World", "", "äÖß", "a*b?c\\d", "x${v2}", "  sp  ", "ÉCOLE", "1", "日本", "a.b[c]^$"])
        return f"set {' '.join(modifiers)} {self.one(VARIABLES)} {text};"
