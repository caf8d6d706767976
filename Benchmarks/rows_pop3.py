"""POP3: a whole maildrop read in one session."""

import contextlib
import functools

import measure
from peers import Dovecot
from servers import Martlet
from table import Group, Row, rates

USERS = 20
MESSAGES, OCTETS = 10_000, 4 << 10


@contextlib.contextmanager
def site(bench):
    with bench.running(
        martlet=lambda folder: Martlet(folder, USERS), dovecot=lambda folder: Dovecot(folder, USERS)
    ) as servers:
        for server in servers.values():
            bench.load.fill(server.ports["imap"], "INBOX", bench.size(MESSAGES), OCTETS)
        yield servers


def retrieve(server, bench, depth):
    """Every message, by the time of the RETRs; the CPU time is the whole session's, as POP3 has to look at all."""
    with measure.Measured(server) as measured:
        done = bench.load.read_maildrop(server.ports["pop3"], depth)
    if done["count"] != bench.size(MESSAGES):
        raise ValueError(f"the maildrop holds {done['count']} messages")
    return {**measured.rates(done["count"], done["retrieve"]), "login_seconds": done["login"]}


def row(depth, text):
    return Row(f"pop3-{depth}", f"POP3 RETR of 10,000 × 4 KiB, {text}", "dovecot", rates(1, 2),
               functools.partial(retrieve, depth=depth))


GROUPS = (Group((row(1, "one at a time"), row(16, "16 in flight")), site),)
