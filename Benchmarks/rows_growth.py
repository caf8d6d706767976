"""Growth: whether a delivery costs more into a large mailbox than a small one, or on a server with many accounts."""

import contextlib
import functools

import measure
from peers import Dovecot
from servers import Martlet
from table import Figure, Group, Row

LARGE, SMALL, OCTETS = 1_000_000, 1_000, 1 << 10
MANY, FEW = 20_000, 20
SMALL_ONES = 100  # A new small mailbox for each round, so that it stays small.
DELIVERIES, DELIVERED_OCTETS, SESSIONS = 2_000, 4 << 10, 10


def deliver(server, bench, **who):
    """CPU milliseconds and milliseconds a message."""
    count = bench.size(DELIVERIES)
    with measure.Measured(server) as measured:
        sent = bench.load.send(server.ports["lmtp"], count, DELIVERED_OCTETS, SESSIONS, lmtp=True, **who)
    return measured.cpu / count * 1e3, sent["seconds"] / count * 1e3


def compare(small, large):
    """Each is (CPU milliseconds, milliseconds) a message."""
    return {
        "cpu": large[0] / small[0] if small[0] else None,
        "wall": large[1] / small[1],
        "cpu_ms_small": small[0],
        "cpu_ms_large": large[0],
    }


@contextlib.contextmanager
def large_mailbox(bench):
    """u000 has the large mailbox; the users after it get small ones."""
    users = 1 + SMALL_ONES
    with bench.running(
        martlet=lambda folder: Martlet(folder, users), dovecot=lambda folder: Dovecot(folder, users)
    ) as servers:
        for server in servers.values():
            bench.load.fill(server.ports["imap"], "INBOX", bench.size(LARGE), OCTETS)
            server.small_ones = 0
        yield servers


def into_large(server, bench):
    server.small_ones += 1
    user = server.small_ones
    if user > SMALL_ONES:
        raise ValueError(f"no more than {SMALL_ONES} rounds")
    bench.load.fill(server.ports["imap"], "INBOX", bench.size(SMALL), OCTETS, user=user)
    small = deliver(server, bench, to=f"u{user:03d}@martlet.test", users=1)
    return compare(small, deliver(server, bench, to="u000@martlet.test", users=1))


class TwoSizes:
    """The same kind of server twice, with few accounts and with many; one of them runs at a time."""

    def __init__(self, few, many):
        self.few, self.many = few, many
        self.name = few.name

    def start(self):
        """Makes the accounts and their mailboxes before anything counts."""
        for server in (self.few, self.many):
            with server:
                pass

    def stop(self):
        self.few.stop()
        self.many.stop()

    def restart(self):
        self.stop()


@contextlib.contextmanager
def many_accounts(bench):
    few, many = FEW, bench.size(MANY)
    with bench.running(
        martlet=lambda folder: TwoSizes(Martlet(folder / "few", few), Martlet(folder / "many", many)),
        dovecot=lambda folder: TwoSizes(Dovecot(folder / "few", few), Dovecot(folder / "many", many)),
    ) as servers:
        yield servers


def among_many(server, bench, is_spread):
    """To the same 20 of all accounts, or to as many accounts as there are messages."""
    costs = []
    for one, accounts in ((server.few, FEW), (server.many, bench.size(MANY) if is_spread else FEW)):
        with one:
            bench.load.send(one.ports["lmtp"], FEW, 2048, SESSIONS, lmtp=True, users=FEW)
            costs.append(deliver(one, bench, users=accounts))
    return compare(*costs)


def figures(bar=None, aim=None):
    return (
        Figure("cpu", "× the CPU time a message", "limit", bar, aim),
        Figure("wall", "× the time a message", "limit", bar, aim),
    )


MAILBOX = Row("growth-mailbox", "delivery into a mailbox of 1,000,000 against 1,000", "dovecot", figures(1.2, 1.0),
              into_large)
ACCOUNTS = (
    Row("growth-accounts", "delivery to 20 users of 20,000 accounts against 20", "dovecot", figures(1.2, 1.0),
        functools.partial(among_many, is_spread=False)),
    Row("growth-spread", "delivery to 2,000 users of 20,000 accounts against 20 of 20", "dovecot", figures(),
        functools.partial(among_many, is_spread=True)),
)
GROUPS = (Group((MAILBOX,), large_mailbox), Group(ACCOUNTS, many_accounts))
