"""Starting: how long until the first banner, and what stands in memory when nobody has come yet."""

import contextlib
import time

import measure
from peers import Dovecot, Postfix
from servers import Martlet, Together
from table import Figure, Group, Row

USERS = 20
SETTLE = 3.0
NOBODY = 9  # The discard port: no mail is relayed here.


@contextlib.contextmanager
def site(bench):
    with bench.running(
        martlet=lambda folder: Martlet(folder, USERS, route=NOBODY),
        peers=lambda folder: Together(
            Postfix(folder / "postfix", NOBODY, Dovecot.ports["lmtp"]), Dovecot(folder / "dovecot", USERS)
        ),
    ) as servers:
        yield servers


def start(server, bench):
    """From a home that stands: the later of the SMTP and the IMAP banner, then memory after a while."""
    server.stop()
    began = time.monotonic()
    server.spawn()
    for name in ("smtp", "imap"):
        server.wait_for(name)
    took = time.monotonic() - began
    time.sleep(SETTLE)
    return {"ms": took * 1e3, "megabytes": measure.memory(server.roots) / 1e6}


FIGURES = (
    Figure("ms", "ms to the first banner", "limit", 200, 100),
    Figure("megabytes", "MB of memory (PSS) with no load", "limit", 60, 30),
)
GROUPS = (Group((Row("start", "start", "peers", FIGURES, start),), site),)
