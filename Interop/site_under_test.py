"""A fresh Martlet on its demo ports, and what the cases share."""

import imaplib
import os
import pathlib
import shutil
import smtplib
import socket
import subprocess
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PORTS = {
    "smtp": 2525, "submission": 2587, "submissions": 2465, "lmtp": 2424,
    "imap": 2143, "imaps": 2993, "pop3": 2110, "pop3s": 2995, "managesieve": 2419,
}


class Skip(Exception):
    """A case that cannot be tried here, with the reason."""


def run(command, *, check=True, timeout=120, **options):
    """A command's standard output and error together."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, **options
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def wait_for(condition, what, seconds=30):
    """Waits until condition() gives something true, and gives it back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def wait_for_port(port, seconds=30):
    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    wait_for(answers, f"port {port}", seconds)


class Site:
    """`martlet demo` in a temporary folder; stops and cleans up at the end of its `with` block."""

    def __init__(self, accounts=0, route=None, program=None):
        self.program = program or os.environ.get("MARTLET", str(ROOT / ".build/release/martlet"))
        self.accounts = accounts
        self.route = route
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="martlet-interop-"))
        self.home = self.folder / "home"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def start(self):
        command = [self.program, "demo", "--home", str(self.home)]
        if self.accounts:
            command += ["--accounts", str(self.accounts)]
        if self.route:
            command += ["--route", self.route]
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        for port in PORTS.values():
            wait_for_port(port)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def __exit__(self, *error):
        self.stop()
        self.log.close()
        if error[0] or os.environ.get("KEEP"):
            print(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def martlet(self, *arguments, check=True, **options):
        return run([self.program, *arguments, "--home", str(self.home)], check=check, **options)

    def expect_sound(self):
        self.martlet("store", "check")
        self.martlet("ledger")

    def imap(self, user="alice", password="demo"):
        connection = imaplib.IMAP4("127.0.0.1", PORTS["imap"])
        connection.login(user, password)
        return connection

    def smtp(self):
        return smtplib.SMTP("127.0.0.1", PORTS["smtp"], local_hostname="client.example")

    def submission(self, user="alice", password="demo"):
        connection = smtplib.SMTP("127.0.0.1", PORTS["submission"], local_hostname="client.example")
        connection.login(user, password)
        return connection

    def messages(self, user="alice", password="demo", mailbox="INBOX"):
        """Every message of a mailbox, whole, in order."""
        connection = self.imap(user, password)
        kind, data = connection.select(f'"{mailbox}"', readonly=True)
        assert kind == "OK", data
        count = int(data[0])
        if not count:
            return []
        _, parts = connection.fetch("1:*", "(BODY.PEEK[])")
        connection.logout()
        return [part[1] for part in parts if isinstance(part, tuple)]

    def wait_for_subject(self, subject, user="alice", password="demo", mailbox="INBOX", seconds=30):
        def arrived():
            found = [m for m in self.messages(user, password, mailbox) if subject.encode() in m.split(b"\r\n\r\n")[0]]
            return found and found[-1]
        return wait_for(arrived, f"a message with subject {subject}", seconds)


def corpus():
    """The folder with the real messages, each as it would travel: CRLF, without an mbox line."""
    place = pathlib.Path(os.environ.get("MARTLET_CORPUS", ROOT.parent / "shared" / "corpus"))
    archive = place / "real-mail.tar.xz"
    if not archive.exists():
        raise Skip(f"no {archive}")
    messages = []
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            if not member.isfile():
                continue
            raw = tar.extractfile(member).read()
            if raw.startswith(b"From "):
                raw = raw.partition(b"\n")[2]
            messages.append((member.name, raw.replace(b"\r\n", b"\n").replace(b"\r", b"").replace(b"\n", b"\r\n")))
    return messages
