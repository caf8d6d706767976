"""IMAP: logging in, opening, fetching, and changing mailboxes of known sizes."""

import contextlib
import functools
import statistics

import measure
from peers import Dovecot
from servers import Martlet
from table import Figure, Group, Row, rates

USERS = 200
HOLDER = 0  # The user with the filled mailboxes; those from WRITER on are written to.
LOGINS, WRITER = 100, 150
MAILBOXES = {"Big": (100_000, 1 << 10), "Ten": (10_000, 4 << 10), "Meg": (200, 1 << 20)}
SUMMARY = "FETCH 1:* (ENVELOPE BODYSTRUCTURE INTERNALDATE RFC822.SIZE)"
ONCE_OR_TWICE = (1, 2)
PASSES = 3  # What takes a few hundredths of a second is done so often, as CPU time comes in hundredths.


@contextlib.contextmanager
def site(bench):
    with bench.running(
        martlet=lambda folder: Martlet(folder, USERS), dovecot=lambda folder: Dovecot(folder, USERS)
    ) as servers:
        for server in servers.values():
            server.filled = set()
        yield servers


def need(server, bench, mailbox):
    """Fills a mailbox when its first row asks for it; its number of messages."""
    messages, octets = MAILBOXES[mailbox]
    messages = bench.size(messages)
    if mailbox not in server.filled:
        bench.load.fill(server.ports["imap"], mailbox, messages, octets, user=HOLDER)
        server.filled.add(mailbox)
    return messages


def commands(server, bench, mailbox, *texts):
    """Seconds of each command, the SELECT of the mailbox first."""
    return bench.load.commands(server.ports["imap"], mailbox, *texts, user=HOLDER)


def log_in(server, bench):
    count = bench.size(2000)
    with measure.Measured(server) as measured:
        done = bench.load.log_in(server.ports["imap"], count, clients=8, first_user=LOGINS)
    return {**measured.rates(count, done["seconds"]), "p99_ms": done["p99_ms"]}


def select(server, bench, is_warm):
    need(server, bench, "Big")
    if not is_warm:
        server.restart()
        return {"ms": commands(server, bench, "Big")[0] * 1e3}
    steps = commands(server, bench, "Big", *["SELECT INBOX", "SELECT Big"] * 20)
    return {"ms": statistics.median(steps[2::2]) * 1e3}


def fetch(server, bench, mailbox, text, times=1, is_cold=False):
    """Messages fetched, by the time of the FETCHes alone."""
    messages = need(server, bench, mailbox)
    if is_cold:
        server.forget()
    with measure.Measured(server) as measured:
        steps = commands(server, bench, mailbox, *[text] * times)
    return measured.rates(messages * times, sum(steps[1:]))


def append(server, bench, clients):
    count = bench.size(1000 * (1 if clients == 1 else 3))
    with measure.Measured(server) as measured:
        done = bench.load.append(server.ports["imap"], "INBOX", count, 4 << 10, user=WRITER, clients=clients)
    return {**measured.rates(count, done["seconds"]), "p99_ms": done["p99_ms"]}


def store_one(server, bench):
    """A flag of one message set and cleared in turn: each command changes something."""
    need(server, bench, "Ten")
    count = bench.size(6000)
    with measure.Measured(server) as measured:
        done = bench.load.store(server.ports["imap"], "Ten", count, user=HOLDER)
    return {**measured.rates(count, done["seconds"]), "p99_ms": done["p99_ms"]}


def store_all(server, bench):
    messages, pairs = need(server, bench, "Ten"), 20
    texts = ["STORE 1:* +FLAGS.SILENT (\\Answered)", "STORE 1:* -FLAGS.SILENT (\\Answered)"] * pairs
    with measure.Measured(server) as measured:
        steps = commands(server, bench, "Ten", *texts)
    return measured.rates(messages * 2 * pairs, sum(steps[1:]))


@contextlib.contextmanager
def scratch(server, bench, *before):
    """Mailboxes One and Two for the length of a row; `before` is what Ten's session does first."""
    commands(server, bench, "Ten", "CREATE One", "CREATE Two", *before)
    try:
        yield
    finally:
        commands(server, bench, "INBOX", "DELETE One", "DELETE Two")


def rearrange(server, bench, mailbox, text, before=(), mark=False):
    """One command on all messages, each time on new copies; `mark` marks those in the mailbox as deleted first."""
    messages = need(server, bench, "Ten")
    seconds = cpu = elsewhere = 0.0
    for _ in range(PASSES):
        with scratch(server, bench, *before):
            if mark:
                commands(server, bench, mailbox, "STORE 1:* +FLAGS.SILENT (\\Deleted)")
            with measure.Measured(server) as measured:
                seconds += commands(server, bench, mailbox, text)[-1]
            cpu += measured.cpu
            elsewhere = max(elsewhere, measured.elsewhere)
    done = messages * PASSES
    return {"per_second": done / seconds, "per_cpu": done / cpu if cpu else None, "elsewhere": elsewhere}


def rows():
    milliseconds = (Figure("ms", "milliseconds", "time", *ONCE_OR_TWICE),)
    messages = rates(*ONCE_OR_TWICE)

    def row(key, work, figures, run, **options):
        return Row(key, work, "dovecot", figures, functools.partial(run, **options))

    yield row("imap-login", "IMAP login, select, logout, 8 clients", rates(2, 5, what="sessions"), log_in)
    yield row("select-warm", "SELECT of 100,000 messages, warm", milliseconds, select, is_warm=True)
    yield row("select-restarted", "SELECT of 100,000 messages, after restart", milliseconds, select, is_warm=False)
    yield row("fetch-flags", "FETCH 1:* (UID FLAGS) of 100,000", messages, fetch, mailbox="Big",
              text="FETCH 1:* (UID FLAGS)", times=5)
    yield row("fetch-summary-cold", "FETCH envelope, structure, date, size of 10,000, cold", messages, fetch,
              mailbox="Ten", text=SUMMARY, is_cold=True)
    yield row("fetch-summary-warm", "FETCH envelope, structure, date, size of 10,000, warm", messages, fetch,
              mailbox="Ten", text=SUMMARY, times=5)
    yield row("fetch-bodies-4k", "FETCH all bodies, 10,000 × 4 KiB", messages, fetch, mailbox="Ten",
              text="FETCH 1:* (BODY.PEEK[])", times=3)
    yield row("fetch-bodies-1m", "FETCH all bodies, 200 × 1 MiB", messages, fetch, mailbox="Meg",
              text="FETCH 1:* (BODY.PEEK[])", times=3)
    yield row("append-1", "APPEND 4 KiB, 1 client", messages, append, clients=1)
    yield row("append-10", "APPEND 4 KiB, 10 clients", messages, append, clients=10)
    yield row("store-one", "STORE one flag of one message", rates(*ONCE_OR_TWICE, what="commands"), store_one)
    yield row("store-all", "STORE 1:* of 10,000", messages, store_all)
    yield row("copy", "COPY of 10,000", messages, rearrange, mailbox="Ten", text="COPY 1:* One")
    yield row("move", "MOVE of 10,000", messages, rearrange, mailbox="One", text="MOVE 1:* Two",
              before=("COPY 1:* One",))
    yield row("expunge", "EXPUNGE of 10,000", messages, rearrange, mailbox="One", text="EXPUNGE",
              before=("COPY 1:* One",), mark=True)


GROUPS = (Group(tuple(rows()), site),)
