"""Starting and stopping servers on loopback; Martlet itself. The peers are in peers.py."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import measure

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOMAIN = "martlet.test"


class ServerFailure(Exception):
    """A server that did not do what it was started for."""


def banner(port, timeout=30.0):
    """The first octets a server says, or None while nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            return connection.recv(512) or None
    except OSError:
        return None


def is_taken(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Server:
    """One process tree with its state in one folder; may be started and stopped again and again."""

    name = ""
    program = ""
    ports = {}
    talkative = ("smtp", "lmtp", "imap", "pop3")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None

    @property
    def roots(self):
        return [self.process.pid] if self.process else []

    def command(self):
        raise NotImplementedError

    def spawn(self):
        """Starts it without waiting until it answers."""
        for name, port in self.ports.items():
            if is_taken(port):
                raise ServerFailure(f"port {port} ({name}) of {self.name} is taken: another server is running")
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def wait_for(self, name, seconds=120):
        """Waits until the port of this name says its banner."""
        deadline = time.monotonic() + seconds
        while not banner(self.ports[name]):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailure(f"{self.name} does not answer on its {name} port; see {self.folder}")
            time.sleep(0.002)

    def start(self):
        self.spawn()
        for name in self.talkative:
            if name in self.ports:
                self.wait_for(name)
        return self

    def stop(self):
        if not self.process:
            return
        left = measure.tree(self.roots)
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        left = _wait_for_end(left)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        _wait_for_end(left)
        self.process = None

    def restart(self):
        self.stop()
        self.start()
        time.sleep(0.5)

    def forget(self):
        """Restarts without anything that was computed for earlier clients."""
        self.restart()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def _wait_for_end(processes, seconds=5):
    """Those that still run when the time is over."""
    deadline = time.monotonic() + seconds
    while (processes := _alive(processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return processes


def _alive(processes):
    """Those of a tree's processes that still run; a number given to another process since does not count."""
    now = measure.tree(list(processes))
    return {pid: fields for pid, fields in processes.items()
            if pid in now and now[pid][measure.STARTED] == fields[measure.STARTED] and now[pid][0] != "Z"}


class Martlet(Server):
    """`martlet demo` with accounts u000…; its ports are fixed, so there is one at a time."""

    name = "martlet"
    program = os.environ.get("MARTLET", str(ROOT / ".build/release/martlet"))
    ports = {"smtp": 2525, "lmtp": 2424, "imap": 2143, "imaps": 2993, "pop3": 2110}

    def __init__(self, folder, accounts, route=None):
        super().__init__(folder)
        self.home = self.folder / "home"
        self.accounts, self.route = accounts, route
        self.is_prepared = False

    def command(self):
        """The demo makes the accounts at the first start; later the same home is served as any would be."""
        if self.is_prepared:
            return [self.program, "serve", "--config", str(self.home / "martlet.toml")]
        command = [self.program, "demo", "--home", str(self.home), "--accounts", str(self.accounts)]
        return command + (["--route", f"127.0.0.1:{self.route}"] if self.route else [])

    def wait_for(self, name, seconds=600):
        super().wait_for(name, seconds)
        self.is_prepared = True


class Together:
    """Several servers that do one work, such as Postfix in front of Dovecot; the first that has a port gives it."""

    def __init__(self, *servers):
        self.servers = servers
        self.name = " + ".join(server.name for server in servers)
        self.ports = {}
        for server in servers:
            self.ports = {**server.ports, **self.ports}

    @property
    def roots(self):
        return [pid for server in self.servers for pid in server.roots]

    def spawn(self):
        for server in self.servers:
            server.spawn()

    def wait_for(self, name):
        next(server for server in self.servers if name in server.ports).wait_for(name)

    def start(self):
        for server in self.servers:
            server.start()

    def stop(self):
        for server in self.servers:
            server.stop()

    def restart(self):
        for server in self.servers:
            server.restart()


def remove(folder):
    """Removes what a server has left; mail files may belong to other users, which is why root is needed anyway."""
    shutil.rmtree(folder, ignore_errors=True)
