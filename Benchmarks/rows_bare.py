"""How near the machine's own limits a server is: Martlet beside a program that makes its calls and nothing else."""

import contextlib
import functools

from rows_delivery import SIZES, USERS, lmtp
from servers import Martlet, Server
from table import Group, Row, rates

PORT = 26_024


class Bare(Server):
    """Takes mail by LMTP, writes and syncs as much as Martlet's log grows by, and keeps nothing; see load/bare.c."""

    name = "the calls alone"
    ports = {"lmtp": PORT}

    def __init__(self, folder, program):
        super().__init__(folder)
        self.program = str(program)

    def command(self):
        return [self.program, str(PORT), str(self.folder / "log")]


@contextlib.contextmanager
def site(bench):
    with bench.running(
        martlet=lambda folder: Martlet(folder, USERS),
        bare=lambda folder: Bare(folder, bench.load.folder / "bare"),
    ) as servers:
        if "martlet" in servers:
            bench.load.send(servers["martlet"].ports["lmtp"], USERS, 2048, 10, lmtp=True, users=USERS)
        yield servers


def rows():
    for sessions in (1, 10, 50):
        yield Row(f"bare-{sessions}", f"LMTP, {SIZES['4k'][0]}, sessions: {sessions}, beside the calls alone", "bare",
                  rates(None, None), functools.partial(lmtp, size="4k", sessions=sessions))


GROUPS = (Group(tuple(rows()), site),)
