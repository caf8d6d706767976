#!/usr/bin/env python3
"""Compare what two IMAP servers say about the same messages, message by message.

Appends every message to a mailbox on both servers, asks both for ENVELOPE, BODYSTRUCTURE, BODY, RFC822.SIZE and a
set of BODY[...] sections, and prints each answer that differs. Exits with 1 when any does.

    dovecot-differences.py --corpus DIR --a HOST:PORT --b HOST:PORT [--user alice] [--password demo]
                           [--only PATTERN] [--limit N] [--exact] [--show N]

DIR is searched for *.eml, *.msg and the numbered files of the SpamAssassin corpus; line ends are made CRLF and a
leading mbox separator is dropped. Without --exact a literal and a quoted string that say the same are equal, and
NIL equals an empty string for a section that does not exist. With --known A is taken for Martlet and B for Dovecot,
and what docs/design/imap-differences.md explains is counted apart and is no difference.
"""
import argparse
import collections
import fnmatch
import pathlib
import re
import socket
import sys

ITEMS = ["ENVELOPE", "BODYSTRUCTURE", "BODY", "RFC822.SIZE"]
SECTIONS = [
    "", "HEADER", "TEXT", "1", "1.MIME", "2", "2.MIME", "2.HEADER", "2.TEXT", "1.1", "1.2", "2.1", "2.2.MIME", "3",
    "HEADER.FIELDS (FROM SUBJECT X-MAILER)", "HEADER.FIELDS.NOT (RECEIVED)", "2.HEADER.FIELDS (FROM SUBJECT)",
]
SECTION_ITEMS = ["BODY.PEEK[%s]" % section for section in SECTIONS]


class Connection:
    """An IMAP connection that keeps the octets of every answer."""

    def __init__(self, address, user, password):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.file = self.socket.makefile("rb")
        self.count = 0
        self.file.readline()
        self.ok(b"LOGIN " + user.encode() + b" " + password.encode())

    def response(self):
        line = self.file.readline()
        if not line:
            raise EOFError("the server closed the connection")
        whole = line
        while match := re.search(rb"\{(\d+)\}\r\n$", line):
            whole += self.file.read(int(match[1]))
            line = self.file.readline()
            whole += line
        return whole

    def command(self, text, literal=None):
        self.count += 1
        tag = b"t%d" % self.count
        self.socket.sendall(tag + b" " + text + (b" {%d}\r\n" % len(literal) if literal is not None else b"\r\n"))
        if literal is not None:
            going_on = self.file.readline()
            if not going_on.startswith(b"+"):
                return [going_on]
            self.socket.sendall(literal + b"\r\n")
        answers = []
        while True:
            answers.append(self.response())
            if answers[-1].startswith(tag + b" "):
                return answers

    def ok(self, text, literal=None):
        answers = self.command(text, literal)
        if not re.match(rb"\S+ OK", answers[-1]):
            raise RuntimeError("%r: %r" % (text[:60], answers[-1]))
        return answers


def tree(octets, start=0):
    """Reads one value: a list, a string (bytes), NIL (None) or an atom (str). Returns it and where it ends."""
    first = octets[start:start + 1]
    if first == b"(":
        values, start = [], start + 1
        while octets[start:start + 1] != b")":
            if octets[start:start + 1] == b" ":
                start += 1
                continue
            value, start = tree(octets, start)
            values.append(value)
        return values, start + 1
    if first == b'"':
        text, start = bytearray(), start + 1
        while octets[start:start + 1] != b'"':
            if octets[start:start + 1] == b"\\":
                start += 1
            text += octets[start:start + 1]
            start += 1
        return bytes(text), start + 1
    if first in (b"{", b"~"):
        end = octets.index(b"}", start)
        length = int(octets[octets.index(b"{", start) + 1:end])
        return octets[end + 3:end + 3 + length], end + 3 + length
    end = re.compile(rb"[ ()]|$").search(octets, start).start()
    atom = octets[start:end].decode("latin-1")
    return None if atom.upper() == "NIL" else atom, end


def items(answer):
    """The items of a FETCH answer: name to (octets, value)."""
    found, at = {}, answer.index(b"(") + 1
    while answer[at:at + 1] not in (b")", b""):
        name = re.compile(rb" ?([A-Z0-9.]+(\[[^\]]*\](<\d+>)?)?) ", re.I).match(answer, at)
        value, end = tree(answer, name.end())
        found[name[1].decode().upper()] = (answer[name.end():end], value)
        at = end
    return found


def fetch(connection, number, wanted):
    answers = connection.ok(b"FETCH %d (%s)" % (number, " ".join(wanted).encode()))
    found = {}
    for answer in answers:
        if re.match(rb"\* \d+ FETCH ", answer):
            found.update(items(answer))
    return {name: found.get(name.replace("BODY.PEEK", "BODY").upper()) for name in wanted}


def corpus(folder, pattern):
    names = sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix in (".eml", ".msg"))
    for path in names:
        name = str(path.relative_to(folder))
        if not fnmatch.fnmatch(name, pattern):
            continue
        octets = path.read_bytes()
        if octets.startswith(b"From "):
            octets = octets[octets.index(b"\n") + 1:]
        yield name, octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def same(left, right, exact):
    if left is None or right is None:
        return left is right
    if exact:
        return left[0] == right[0]
    return left[1] == right[1] or (left[1] or b"") == (right[1] or b"")


# The differences of docs/design/imap-differences.md by their numbers there: messages, and what of them.
KNOWN = (
    (1, "*/legacy/049.eml", "*"),
    (2, "*/thirdparty/005.eml", "BODY.PEEK*"),
    (4, "*", "BODY.PEEK[[]2.HEADER.FIELDS*"),
    (7, "*", "BODY.PEEK[[][12].1]"),
    (8, "*/double-semicolon.msg", "*"),
)


def known(name, item, left, right):
    """The number of the explained difference that this is, or None."""
    for number, names, items in KNOWN:
        if not fnmatch.fnmatch(name, names) or not fnmatch.fnmatch(item, items):
            continue
        if number == 4 and (left[1], right[1]) != (b"\r\n", b""):
            continue
        if number == 7 and left[1] is not None:
            continue
        return number
    return None


def compare(name, number, a, b, arguments, tally):
    for wanted in (ITEMS, SECTION_ITEMS):
        left, right = fetch(a, number, wanted), fetch(b, number, wanted)
        for item in wanted:
            equal = same(left[item], right[item], arguments.exact)
            if not equal and arguments.known and known(name, item, left[item], right[item]):
                tally[item, "explained"] += 1
                continue
            tally[item, equal] += 1
            if not equal and tally[item, False] <= arguments.show:
                print("%s: %s" % (name, item))
                for side, value in (("A", left[item]), ("B", right[item])):
                    print("  %s %r" % (side, value[0][:400] if value else None))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--a", required=True, metavar="HOST:PORT")
    parser.add_argument("--b", required=True, metavar="HOST:PORT")
    parser.add_argument("--user", default="alice")
    parser.add_argument("--password", default="demo")
    parser.add_argument("--user-b", help="the login on B where it differs")
    parser.add_argument("--password-b")
    parser.add_argument("--only", default="*")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--known", action="store_true", help="count what is explained apart")
    parser.add_argument("--show", type=int, default=10, help="differences printed for each item")
    arguments = parser.parse_args()
    a = Connection(arguments.a, arguments.user, arguments.password)
    b = Connection(arguments.b, arguments.user_b or arguments.user, arguments.password_b or arguments.password)
    box = b"differences"
    for connection in (a, b):
        connection.command(b"DELETE " + box)
        connection.ok(b"CREATE " + box)
    names = []
    for name, octets in corpus(arguments.corpus, arguments.only):
        if arguments.limit and len(names) >= arguments.limit:
            break
        taken = [re.match(rb"\S+ OK", c.command(b"APPEND " + box, octets)[-1]) for c in (a, b)]
        if all(taken):
            names.append(name)
        elif any(taken):
            sys.exit("only one server takes %s; the mailboxes no longer agree" % name)
    a.ok(b"SELECT " + box)
    b.ok(b"SELECT " + box)
    tally = collections.Counter()
    for number, name in enumerate(names, 1):
        compare(name, number, a, b, arguments, tally)
    differing = 0
    for item in ITEMS + SECTION_ITEMS:
        differing += tally[item, False]
        print("%-50s %6d equal %6d explained %6d different"
              % (item, tally[item, True], tally[item, "explained"], tally[item, False]))
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
