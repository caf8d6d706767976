"""IMAP connections that wait: what each one keeps in memory, and how soon it hears of new mail."""

import asyncio
import contextlib
import functools
import ssl
import time

import measure
from load import LoadFailure
from peers import Dovecot
from servers import DOMAIN, Martlet
from table import Figure, Group, Row

CONNECTIONS, USERS, DELIVERIES = 2_000, 200, 200
AT_ONCE = 40  # Connections being opened at the same time.
SETTLE = 10.0  # Longer than the peer takes to let a waiting process hibernate.
NEVER = 10.0  # A notification that takes longer is not coming.
PAUSE = 0.05  # Between deliveries: what is measured is one, not a queue of them.


@contextlib.contextmanager
def site(bench):
    with bench.running(
        martlet=lambda folder: Martlet(folder, USERS),
        hibernating=lambda folder: Dovecot(folder, USERS, hibernates=True),
    ) as servers:
        yield servers


def refresh(server, bench):
    """Memory that earlier connections have left behind would be counted wrongly: starts anew, and does a little."""
    server.restart()
    bench.load.send(server.ports["lmtp"], USERS, 2048, 10, lmtp=True, users=USERS)
    bench.load.log_in(server.ports["imap"], USERS, clients=8)
    measure.wait_until_quiet(server)


class Waiting:
    """Connections in IDLE, users taking turns, and when each heard of a message."""

    def __init__(self, port, tls):
        self.port, self.tls = port, tls
        self.heard = {number: {} for number in range(USERS)}
        self.writers, self.listeners = [], []

    async def open(self, count):
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number):
            async with gate:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls)
                await idle(reader, writer, number % USERS)
            self.writers.append(writer)
            self.listeners.append(asyncio.create_task(self.listen(reader, number % USERS)))

        await asyncio.gather(*(one(number) for number in range(count)))

    async def listen(self, reader, user):
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                if line.endswith(b" EXISTS\r\n"):
                    self.heard[user].setdefault(reader, time.monotonic())

    async def hear(self, user):
        """When the user's connections heard, each once; waits for all, and gives up on those that never do."""
        number = sum(1 for index in range(len(self.writers)) if index % USERS == user)
        deadline = time.monotonic() + NEVER
        while len(self.heard[user]) < number and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        missing = number - len(self.heard[user])
        return list(self.heard[user].values()) + [time.monotonic()] * missing, missing

    async def close(self):
        for listener in self.listeners:
            listener.cancel()
        for writer in self.writers:
            writer.transport.abort()
        await asyncio.sleep(0.5)


async def idle(reader, writer, user):
    await reader.readline()
    for command in (f"LOGIN u{user:03d} pw", "SELECT INBOX", "IDLE"):
        writer.write(f"x {command}\r\n".encode())
        while not (line := await reader.readline()).startswith((b"x ", b"+ ")):
            if not line:
                raise LoadFailure("the server closed a connection that should wait")
        if not line.startswith((b"x OK", b"+ ")):
            raise LoadFailure(f"{command}: {line!r}")


async def deliver(writer, reader, user, number):
    """One message by LMTP; when its last octet was sent, and when the server said it has it."""
    started = time.monotonic()
    header = f"From: load@sender.test\r\nSubject: wake {number}\r\nMessage-ID: <{number}.{started}@sender.test>\r\n"
    message = f"{header}\r\nwake\r\n.\r\n"
    for text, wanted in (("MAIL FROM:<load@sender.test>\r\n", b"250"), (f"RCPT TO:<u{user:03d}@{DOMAIN}>\r\n", b"250"),
                         ("DATA\r\n", b"354"), (message, b"250")):
        started = time.monotonic()
        writer.write(text.encode())
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        if not answer.startswith(wanted):
            raise LoadFailure(f"LMTP: {answer!r}")
    return started, time.monotonic()


async def notifications(server, waiting, count):
    """Seconds from the server's word that it has a message to each connection's hearing of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.ports["lmtp"])
    await reader.readline()
    writer.write(b"LHLO load.test\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    after_answer, after_sending, unheard = [], [], 0
    users = min(USERS, len(waiting.writers))
    for number in range(count):
        user = number * 37 % users
        waiting.heard[user].clear()
        sent, answered = await deliver(writer, reader, user, number)
        heard, missing = await waiting.hear(user)
        unheard += missing
        # Connections may be told a moment before the sender is.
        after_answer += [max(0.0, moment - answered) for moment in heard]
        after_sending += [moment - sent for moment in heard]
        await asyncio.sleep(PAUSE)
    writer.write(b"QUIT\r\n")
    await reader.readline()
    writer.close()
    return sorted(after_answer), sorted(after_sending), unheard


def quantile(values, part):
    return values[int((len(values) - 1) * part)]


async def wait(server, bench, is_tls):
    tls = None
    if is_tls:
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    count = bench.size(CONNECTIONS)
    refresh(server, bench)
    waiting = Waiting(server.ports["imaps" if is_tls else "imap"], tls)
    before = measure.memory(server.roots)
    try:
        await waiting.open(count)
        await asyncio.sleep(SETTLE)
        each = (measure.memory(server.roots) - before) / count
        answered, sent, unheard = await notifications(server, waiting, bench.size(DELIVERIES))
    finally:
        await waiting.close()
    return {
        "kilobytes": each / 1000,
        "p50_ms": quantile(answered, 0.5) * 1e3,
        "p99_ms": quantile(answered, 0.99) * 1e3,
        "p99_ms_from_sending": quantile(sent, 0.99) * 1e3,
        "unheard": unheard,
    }


def run(server, bench, is_tls):
    return asyncio.run(wait(server, bench, is_tls))


FIGURES = (
    Figure("kilobytes", "kB of memory (PSS) a connection", "size", 1, 0.5),
    Figure("p50_ms", "ms from delivery to notification, p50", "limit"),
    Figure("p99_ms", "ms from delivery to notification, p99", "limit", 20, 5),
    Figure("unheard", "notifications that never came", "limit", 0, 0),
)


def row(key, text, is_tls):
    return Row(key, f"{CONNECTIONS:,} idle IMAP connections, {text}", "hibernating", FIGURES,
               functools.partial(run, is_tls=is_tls))


GROUPS = (Group((row("idle-plain", "plain", False), row("idle-tls", "TLS", True)), site),)
