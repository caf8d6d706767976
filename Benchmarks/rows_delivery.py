"""Mail on its way: through, into mailboxes by LMTP, and in by SMTP until it can be read by IMAP."""

import contextlib
import functools
import imaplib
import time

import measure
from load import LoadFailure, Sink
from peers import Dovecot, Postfix
from servers import Martlet, Together
from table import Group, Row, rates

USERS = 200
SIZES = {"4k": ("4 KiB", 4 << 10), "64k": ("64 KiB", 64 << 10), "1m": ("1 MiB", 1 << 20)}
# Messages of each size: enough for seconds of work, few enough for the disk.
MESSAGES = {"4k": 3000, "64k": 1000, "1m": 200}
READERS = 100


@contextlib.contextmanager
def site(bench):
    with Sink(bench.load, bench.folder) as sink:
        with bench.running(
            martlet=lambda folder: Martlet(folder, USERS, route=sink.port),
            postfix=lambda folder: Postfix(folder, sink.port, Dovecot.ports["lmtp"]),
            dovecot=lambda folder: Dovecot(folder, USERS),
        ) as servers:
            if "postfix" in servers:
                servers["both"] = Together(servers["postfix"], servers["dovecot"])
                bench.peer_names["both"] = servers["both"].name
            for server in servers.values():
                server.sink, server.has_relayed = sink, False
            for server in set(servers.values()) - {servers.get("postfix"), servers.get("both")}:
                # Every mailbox exists before anything counts.
                bench.load.send(server.ports["lmtp"], USERS, 2048, 10, lmtp=True, users=USERS)
            yield servers


def relay(server, bench, size):
    """20 sessions; the end is when the sink has the last message."""
    count, sink = bench.size(MESSAGES[size]), server.sink
    if not server.has_relayed:
        seen = sink.count
        bench.load.send(server.ports["smtp"], 40, 2048, 20, to="u%03d@sink.test")
        sink.wait_for(seen + 40, 30)
        server.has_relayed = True
    seen = sink.count
    with measure.Measured(server) as measured:
        sent = bench.load.send(server.ports["smtp"], count, SIZES[size][1], 20, to="u%03d@sink.test")
        sink.wait_for(seen + count)
    numbers = measured.rates(count, sink.last - measured.started)
    return {**numbers, "accepted_per_second": sent["rate"], "accept_p99_ms": sent["p99_ms"]}


def lmtp(server, bench, size, sessions):
    count = bench.size(MESSAGES[size] // (5 if sessions == 1 and size != "4k" else 1))
    with measure.Measured(server) as measured:
        sent = bench.load.send(server.ports["lmtp"], count, SIZES[size][1], sessions, lmtp=True, users=USERS)
    return {**measured.rates(count, sent["seconds"]), "p50_ms": sent["p50_ms"], "p99_ms": sent["p99_ms"]}


class Readers:
    """Users logged in to IMAP beforehand, who ask until all their mail is there."""

    def __init__(self, port, count):
        self.connections = [imaplib.IMAP4("127.0.0.1", port) for _ in range(count)]
        for number, connection in enumerate(self.connections):
            connection.login(f"u{number:03d}", "pw")
        self.before = [self.messages(connection) for connection in self.connections]

    def messages(self, connection):
        answer = connection.status("INBOX", "(MESSAGES)")[1][0]
        return int(answer.rpartition(b"MESSAGES ")[2].rstrip(b")"))

    def wait(self, messages, seconds=300):
        deadline = time.monotonic() + seconds
        share, rest = divmod(messages, len(self.connections))
        for number, connection in enumerate(self.connections):
            wanted = self.before[number] + share + (number < rest)
            while self.messages(connection) < wanted:
                if time.monotonic() > deadline:
                    raise LoadFailure(f"u{number:03d} never saw all its mail")
                time.sleep(0.02)

    def close(self):
        for connection in self.connections:
            connection.logout()


def visible(server, bench, size):
    """20 sessions; the end is when every user sees all messages."""
    count = bench.size(MESSAGES[size])
    readers = Readers(server.ports["imap"], READERS)
    with measure.Measured(server) as measured:
        sent = bench.load.send(server.ports["smtp"], count, SIZES[size][1], 20, users=READERS)
        readers.wait(count)
    readers.close()
    return {**measured.rates(count), "accepted_per_second": sent["rate"]}


def rows():
    def row(key, work, peer, goal, run, **options):
        return Row(f"{key}-{options['size']}", work, peer, goal if options["size"] == "4k" else rates(2, 4),
                   functools.partial(run, **options))

    for size, (text, _) in SIZES.items():
        yield row("relay", f"SMTP in, relay out, {text}, 20 sessions", "postfix", rates(6, 10, 5, 10), relay, size=size)
    for size, (text, _) in SIZES.items():
        for sessions in (1, 10, 50):
            yield row(f"lmtp-{sessions}", f"LMTP into {USERS} mailboxes, {text}, sessions: {sessions}", "dovecot",
                      rates(6, 10, 5, 10), lmtp, size=size, sessions=sessions)
    for size, (text, _) in SIZES.items():
        yield row("visible", f"SMTP in to visible in IMAP, {text}, 20 sessions", "both", rates(12, 25, 10, 20), visible,
                  size=size)


GROUPS = (Group(tuple(rows()), site),)
