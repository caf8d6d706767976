"""Measures Martlet beside tuned Postfix and Dovecot and beside libraries, interleaved round by round, in a table.

Every figure is the median of its rounds with the lowest and highest. Rows that share servers make a group; each group
starts its servers afresh, fills them, and stops them at its end. Everything is on loopback.
"""

import argparse
import contextlib
import fnmatch
import imaplib
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

import rows_auth
import rows_bare
import rows_delivery
import rows_growth
import rows_idle
import rows_imap
import rows_pop3
import rows_sieve
import rows_start
from libraries import RATES
from load import Load, LoadFailure
from servers import ROOT, Martlet, ServerFailure, remove
from table import Results

GROUPS = (
    *rows_delivery.GROUPS, *rows_imap.GROUPS, *rows_pop3.GROUPS, *rows_idle.GROUPS, *rows_start.GROUPS,
    *rows_growth.GROUPS, *rows_sieve.GROUPS, *rows_auth.GROUPS, *rows_bare.GROUPS,
)
QUICK = 50  # How many times less work --quick does.
OPEN_FILES = 20_000
FAILURES = (LoadFailure, ServerFailure, OSError, ValueError, subprocess.SubprocessError, imaplib.IMAP4.error)


class Bench:
    """What the rows need: where to work, how much, with which servers."""

    def __init__(self, options, folder):
        self.folder = folder
        self.is_quick = options.quick
        self.has_martlet = not options.only_peers
        self.has_peers = not options.only_martlet
        self.load = Load(folder / "generators")
        self.peer_names = {}

    def size(self, full, least=20):
        """How much of something: all of it, or little with --quick."""
        return min(full, max(least, full // QUICK)) if self.is_quick else full

    @contextlib.contextmanager
    def running(self, martlet=None, **peers):
        """Starts the servers of a group: each a function of its folder, called only if that side is wanted."""
        makers = {"martlet": martlet} if martlet and self.has_martlet else {}
        makers |= peers if self.has_peers else {}
        state = pathlib.Path(tempfile.mkdtemp(prefix="state-", dir=self.folder))
        state.chmod(0o755)
        servers = {}
        try:
            for name, make in makers.items():
                servers[name] = make(state / name)
                self.peer_names[name] = servers[name].name
                servers[name].start()
            yield servers
        finally:
            for server in servers.values():
                server.stop()
            if not os.environ.get("KEEP"):
                remove(state)


def run_group(group, rows, bench, rounds, results):
    """True if every row of it could be measured."""
    is_whole = True
    with group.site(bench) as servers:
        for round_number in range(rounds):
            for row in rows:
                sides = [name for name in ("martlet", row.peer) if name in servers]
                # Whoever is second finds the machine as the first has left it, so they take turns.
                for name in sides if round_number % 2 == 0 else reversed(sides):
                    note(f"round {round_number + 1}: {row.key}: {servers[name].name}")
                    try:
                        results.add(row, name, round_number, row.run(servers[name], bench))
                    except FAILURES as error:
                        is_whole = False
                        note(f"FAILED {row.key} on {servers[name].name}: {error}")
                        servers[name].restart()
    return is_whole


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def is_in_memory(folder):
    """Whether files there never reach a disk, so that no sync costs anything."""
    with open("/proc/mounts") as file:
        mounts = [line.split()[1:3] for line in file]
    path = str(folder.resolve())
    above = [(len(point), kind) for point, kind in mounts
             if point == "/" or path == point or path.startswith(point + "/")]
    return max(above)[1] in ("tmpfs", "ramfs")


def parse():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__)
    parser.add_argument("--rows", default="*", help="patterns of row keys, such as 'relay-*,imap-login' (see --list)")
    parser.add_argument("--list", action="store_true", help="list the rows and end")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} times less work: a trial, no measurement")
    parser.add_argument("--only-peers", action="store_true", help="without Martlet")
    parser.add_argument("--only-martlet", action="store_true", help="without Postfix and Dovecot")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build/bench",
                        help="where servers keep their state: on a disk, readable for all users")
    return parser.parse_args()


def prepare(options):
    if os.geteuid() != 0 and not options.only_martlet:
        sys.exit("Postfix and Dovecot switch users, so this needs root; or use --only-martlet")
    if not options.only_peers and not os.access(Martlet.program, os.X_OK):
        sys.exit(f"no {os.path.relpath(Martlet.program)}: run `make release` first, or use --only-peers")
    if not options.only_peers and not os.access(RATES, os.X_OK):
        sys.exit(f"no {os.path.relpath(RATES)}: `make bench` builds it; or use --only-peers")
    os.umask(0o022)  # The peers' processes run as several users.
    options.folder.mkdir(parents=True, exist_ok=True)
    if is_in_memory(options.folder):
        sys.exit(f"{options.folder} is in memory, where syncing costs nothing; name another --folder")
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, lambda *_: sys.exit("stopped"))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main():
    options = parse()
    patterns = options.rows.split(",")
    picked = [(group, [row for row in group.rows if any(fnmatch.fnmatch(row.key, p) for p in patterns)])
              for group in GROUPS]
    rows = [row for _, some in picked for row in some]
    if options.list or not rows:
        print("\n".join(f"{row.key:18} {row.work}" for group in GROUPS for row in group.rows))
        return 0 if options.list else "no row has such a key; these are all"
    prepare(options)
    bench = Bench(options, options.folder.resolve())
    results = Results(bench.folder / "results.jsonl")
    is_whole = True
    for group, some in picked:
        if not some:
            continue
        try:
            is_whole = run_group(group, some, bench, options.rounds, results) and is_whole
        except FAILURES as error:
            is_whole = False
            note(f"FAILED {', '.join(row.key for row in some)}: {error}")
    command = " ".join(["Benchmarks/run", *sys.argv[1:]])
    print(f"`{command}`, {results.begun}, {os.cpu_count()} cores. {results.elsewhere()}\n")
    print(results.table(rows, bench.peer_names, options.quick))
    return 0 if is_whole else "some rows could not be measured; see above"


if __name__ == "__main__":
    sys.exit(main())
