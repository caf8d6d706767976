"""The load: our own generators in load/, built and run; fills mailboxes; the sink that relayed mail ends in."""

import json
import pathlib
import struct
import subprocess
import time

SOURCES = pathlib.Path(__file__).resolve().parent / "load"
SINK_PORT = 26_026


class LoadFailure(Exception):
    """A generator that could not do its work, with what it said."""


class Load:
    """The generators, built into a folder. Each method runs one and gives back what it has counted."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for source in SOURCES.glob("*.c"):
            subprocess.run(["gcc", "-O2", "-Wall", "-pthread", "-o", self.folder / source.stem, source], check=True)

    def _run(self, program, *arguments):
        command = [str(self.folder / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise LoadFailure(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-500:]}")
        return json.loads(done.stdout)

    def send(self, port, messages, octets, sessions, *, lmtp=False, to="u%03d@martlet.test", users=200, file=None):
        """Sends by SMTP or LMTP, users taking turns; a whole message of its own each, or the same out of a file."""
        return self._run("smtpload", "-p", port, *(["-l"] if lmtp else []), "-s", sessions, "-n", messages,
                         "-z", octets, "-u", users, "-t", to, *(["-m", file] if file else []))

    def log_in(self, port, count, clients, first_user=0):
        return self._run("imapload", "-p", port, "-n", count, "-c", clients, "-u", first_user, "login")

    def append(self, port, mailbox, messages, octets, *, user=0, clients=1, batch=1):
        """Messages in all; each client writes to the mailbox of a user of its own."""
        return self._run("imapload", "-p", port, "-u", user, "-c", clients, "-n", messages, "-z", octets,
                         "-b", batch, "append", mailbox)

    def store(self, port, mailbox, count, user=0):
        return self._run("imapload", "-p", port, "-u", user, "-n", count, "store", mailbox)

    def commands(self, port, mailbox, *commands, user=0):
        """Seconds of each command on one connection; the first is the SELECT of the mailbox."""
        steps = self._run("imapload", "-p", port, "-u", user, "commands", mailbox, *commands)
        return [step["seconds"] for step in steps]

    def read_maildrop(self, port, depth, user=0):
        return self._run("popload", "-p", port, "-u", f"u{user:03d}", "-d", depth)

    def fill(self, port, mailbox, messages, octets, user=0):
        """Puts messages into a mailbox, in as large APPENDs as all servers take."""
        batch = max(1, min(messages, 1000, (16 << 20) // octets))
        if mailbox != "INBOX":
            self.commands(port, "INBOX", f"CREATE {mailbox}", user=user)
        whole = messages - messages % batch
        self.append(port, mailbox, whole, octets, user=user, batch=batch)
        if messages > whole:
            self.append(port, mailbox, messages - whole, octets, user=user)


class Sink:
    """Where relayed mail ends: takes everything and counts it."""

    def __init__(self, load, folder):
        self.path = pathlib.Path(folder) / "sink"
        self.program = load.folder / "sink"
        self.port = SINK_PORT

    def __enter__(self):
        self.process = subprocess.Popen([str(self.program), str(self.port), str(self.path)])
        while not (self.path.exists() and self.path.stat().st_size >= 16):
            if self.process.poll() is not None:
                raise LoadFailure("the sink did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    @property
    def count(self):
        return int(self._read()[0])

    @property
    def last(self):
        """When the last message came, on the clock of time.monotonic()."""
        return self._read()[1]

    def _read(self):
        return struct.unpack("2d", self.path.read_bytes()[:16])

    def wait_for(self, count, seconds=300):
        deadline = time.monotonic() + seconds
        while self.count < count:
            if time.monotonic() > deadline:
                raise LoadFailure(f"only {self.count} of {count} messages were relayed")
            time.sleep(0.01)
