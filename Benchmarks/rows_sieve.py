"""Sieve: what twenty rules cost, by themselves and at delivery."""

import contextlib
import shutil
import subprocess

import measure
from libraries import RATES, SOURCES, Library, build, message
from peers import MAIL_OWNER, Dovecot
from servers import DOMAIN, Martlet
from table import Figure, Group, Row

SCRIPT = SOURCES / "twenty-rules.sieve"
RUNS, RUN_OCTETS = 40_000, 50 << 10
USERS = 100  # So many with the script, u000 on, and as many without, u100 on.
DELIVERIES, DELIVERED_OCTETS, SESSIONS = 3_000, 4 << 10, 10


def pigeonhole(folder, script, path):
    """`sieve-test` with a library before its own that repeats the run; it gives up root, so the files are for all."""
    library = folder / "libsievetest.so"
    options = ["mail_uid=20000", "mail_gid=20000", f"mail_home={folder}"]
    words = ["sieve-test", *(word for option in options for word in ("-o", option)), str(script), str(path)]

    def prepare():
        folder.mkdir(parents=True, exist_ok=True)
        headers = "/usr/include/dovecot"
        program = build(folder, "sievetest.c", "-shared", "-fPIC", f"-I{headers}", f"-I{headers}/sieve")
        shutil.move(program, library)
        shutil.copy(SCRIPT, script)
        subprocess.run(["sievec", script], check=True)

    return Library("Pigeonhole", lambda _, runs: words,
                   lambda runs: {"LD_PRELOAD": str(library), "SIEVE_RUNS": str(runs),
                                 "DOVECOT_PRESERVE_ENVS": "LD_PRELOAD SIEVE_RUNS"}, prepare)


@contextlib.contextmanager
def languages(bench):
    path = bench.folder / "sieve-message"
    path.write_bytes(message(RUN_OCTETS))
    with bench.running(
        martlet=lambda _: Library("Martlet", lambda _, runs: [RATES, "sieve", str(SCRIPT), str(path), str(runs)]),
        pigeonhole=lambda folder: pigeonhole(folder, folder / "script.sieve", path),
    ) as servers:
        yield servers


def run(server, bench):
    return server.run(None, bench.size(RUNS), "Load")


def script_of(user, is_own):
    """The script as a user has it: the site's, or one of the user's own, which differs from all others."""
    return (f"# The rules of {user}.\n" if is_own else "") + SCRIPT.read_text()


class MartletFiltering(Martlet):
    """Half of its users have the script."""

    def __init__(self, folder, accounts, is_own):
        super().__init__(folder, accounts)
        self.is_own = is_own

    def start(self):
        super().start()
        path = self.home / "twenty-rules.sieve"
        for number in range(USERS):
            user = f"u{number:03d}"
            path.write_text(script_of(user, self.is_own))
            subprocess.run([self.program, "sieve", "put", f"{user}@{DOMAIN}", str(path), "--activate",
                            "--home", str(self.home)], check=True, capture_output=True)


class DovecotFiltering(Dovecot):
    """The same; the script is compiled beforehand."""

    def __init__(self, folder, accounts, is_own):
        super().__init__(folder, accounts)
        scripts = self.folder / "scripts"
        scripts.mkdir(exist_ok=True)
        for number in range(USERS):
            script = scripts / f"u{number:03d}.sieve"
            script.write_text(script_of(script.stem, is_own))
            subprocess.run(["sievec", script], check=True)
            for path in (script, script.with_suffix(".svbin")):
                shutil.chown(path, MAIL_OWNER, MAIL_OWNER)
        shutil.chown(scripts, MAIL_OWNER, MAIL_OWNER)
        with open(self.folder / "dovecot.conf", "a") as file:
            file.write(f"plugin {{\n  sieve = {scripts}/%n.sieve\n}}\n")


@contextlib.contextmanager
def site(bench, is_own=False):
    with bench.running(
        martlet=lambda folder: MartletFiltering(folder, 2 * USERS, is_own),
        dovecot=lambda folder: DovecotFiltering(folder, 2 * USERS, is_own),
    ) as servers:
        for server in servers.values():
            for number in range(USERS):
                bench.load.commands(server.ports["imap"], "INBOX", "CREATE Load", user=number)
            bench.load.send(server.ports["lmtp"], 4 * USERS, 2048, SESSIONS, lmtp=True, users=2 * USERS)
        yield servers


def deliver(server, bench):
    """CPU time a message to users with the script over that to users without; there, back and there again, so that
    neither finds the fuller mailboxes."""
    spent = {"0": 0.0, "1": 0.0}
    # So few take Martlet a third of a second, and its CPU time is told in hundredths.
    count = bench.size(DELIVERIES) * (5 if isinstance(server, Martlet) else 1)
    for half in "0110":
        with measure.Measured(server) as measured:
            bench.load.send(server.ports["lmtp"], count, DELIVERED_OCTETS, SESSIONS, lmtp=True,
                            to=f"u{half}%02d@{DOMAIN}", users=USERS)
        spent[half] += measured.cpu
    scripted, plain = (spent[half] / (2 * count) * 1e3 for half in "01")
    return {"ratio": scripted / plain if plain else None, "scripted_ms": scripted, "plain_ms": plain,
            "elsewhere": measured.elsewhere}


RUN = Row("sieve-runs", "20 rules on a message of 50 KiB", "pigeonhole",
          (Figure("per_cpu", "runs per CPU-second", "rate", 5), Figure("cpu_us", "µs of CPU a run", "limit", 50)), run)
SPENT = (Figure("scripted_ms", "ms of CPU with it", "size"), Figure("plain_ms", "ms of CPU without", "size"))
DELIVERY = Row("sieve-delivery", "LMTP with a script of 20 rules against none, 4 KiB", "dovecot",
               (Figure("ratio", "× the CPU time a message", "limit", 1.15), *SPENT), deliver)
OWN = Row("sieve-delivery-own", "the same where each user's script differs from all others", "dovecot",
          (Figure("ratio", "× the CPU time a message", "size"), *SPENT), deliver)
GROUPS = (Group((RUN,), languages), Group((DELIVERY,), site), Group((OWN,), lambda bench: site(bench, is_own=True)))
