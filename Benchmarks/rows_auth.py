"""Who a message is from: verifying signatures by itself, and what checking a sender adds to a message by SMTP."""

import base64
import contextlib
import functools
import imaplib
import pathlib
import re
import signal
import subprocess
import time

import measure
from libraries import RATES, SOURCES, Library, build, message
from servers import ROOT, Martlet, ServerFailure
from table import Figure, Group, Row

SIGNER, SELECTOR = "sender.test", "s1"
DNS_PORT = 26_053
SIZES = {"4k": ("4 KiB", 4 << 10, 10_000), "1m": ("1 MiB", 1 << 20, 500)}
USERS, SESSIONS, MESSAGES = 200, 20, 4_000
OPENDKIM = ("-I/usr/include/opendkim", "-lopendkim")


class Signed:
    """A key of 2,048 bits, its record, and messages that OpenDKIM's library has signed with it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "signed"
        self.folder.mkdir(exist_ok=True)
        self.key = self.folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                        self.key], check=True, capture_output=True)
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                                stdout=subprocess.PIPE).stdout
        self.name = f"{SELECTOR}._domainkey.{SIGNER}"
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
        self.signer = build(self.folder, ROOT / "Interop/dkim/libopendkim.c", *OPENDKIM)

    def message(self, size):
        """The path of a signed message of one of SIZES, a little longer by its signature."""
        path = self.folder / size
        path.write_bytes(message(SIZES[size][1]))
        subprocess.run([self.signer, "sign", self.key, SIGNER, SELECTOR, "relaxed", path], check=True,
                       stdout=subprocess.DEVNULL)
        path.write_bytes(pathlib.Path(f"{path}.signature").read_bytes() + path.read_bytes())
        return str(path)


@contextlib.contextmanager
def languages(bench):
    signed = Signed(bench.folder)
    paths = {size: signed.message(size) for size in SIZES}
    verifier = build(signed.folder, "dkimverify.c", *OPENDKIM)

    def library(name, *words):
        return Library(name, lambda size, runs: [*words, signed.name, signed.record, paths[size], str(runs)])

    with bench.running(
        martlet=lambda _: library("Martlet", RATES, "dkim"), opendkim=lambda _: library("libopendkim", verifier),
        dkimpy=lambda _: library("dkimpy", "/usr/bin/python3", str(SOURCES / "dkimverify.py")),
    ) as servers:
        yield servers


def verify(server, bench, size):
    """A tenth of the runs for dkimpy, which reckons in Python."""
    runs = SIZES[size][2] // (10 if server.name == "dkimpy" else 1)
    return server.run(size, bench.size(runs), '"pass"')


class NameServer:
    """nsd with what the load's sender publishes, for the time of a `with` block."""

    def __init__(self, folder, signed):
        self.folder = pathlib.Path(folder) / "nsd"
        self.folder.mkdir(exist_ok=True)
        hosts = '"v=spf1 a mx ip4:127.0.0.0/8 -all"'
        key = " ".join(f'"{signed.record[start:start + 250]}"' for start in range(0, len(signed.record), 250))
        (self.folder / "zone").write_text(
            "$ORIGIN test.\n$TTL 86400\n@ SOA ns h 1 3600 600 86400 3600\n@ NS ns\nns A 127.0.0.1\n"
            f"sender TXT {hosts}\nsender A 192.0.2.10\nsender MX 10 mail.sender\nmail.sender A 192.0.2.10\n"
            f"load TXT {hosts}\nload A 192.0.2.11\nload MX 10 load\n"
            f'_dmarc.sender TXT "v=DMARC1; p=reject; rua=mailto:d@sender.test"\n'
            f"{SELECTOR}._domainkey.sender TXT {key}\n"
        )
        (self.folder / "conf").write_text(
            f'server:\n  ip-address: 127.0.0.1@{DNS_PORT}\n  username: ""\n  server-count: 1\n'
            f'  pidfile: "{self.folder}/pid"\n  zonelistfile: "{self.folder}/list"\n  xfrdfile: ""\n  database: ""\n'
            f'  zonesdir: "{self.folder}"\n  xfrdir: "{self.folder}"\n'
            'remote-control:\n  control-enable: no\nzone:\n  name: "test."\n  zonefile: "zone"\n'
        )

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", self.folder / "conf"], stderr=subprocess.DEVNULL)
        question = ["drill", "-p", str(DNS_PORT), "@127.0.0.1", "sender.test", "TXT"]
        for _ in range(200):
            if "rcode: NOERROR" in subprocess.run(question, capture_output=True, text=True).stdout:
                return self
            time.sleep(0.05)
        raise ServerFailure("the name server does not answer")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Doubting(Martlet):
    """Trusts no client, and has the load's domain looked up at our name server; checks senders or does not."""

    def __init__(self, folder, checks):
        super().__init__(folder, USERS)
        self.checks = checks
        with self:
            pass
        path = self.home / "martlet.toml"
        text = path.read_text()
        for key, value in (("trusted_networks", '["192.0.2.0/24"]'), ("trust_anchors", '""'),
                           ("usual", '"reject"' if checks else '"none"')):
            text, count = re.subn(f"(?m)^{key} = .*$", f"{key} = {value}", text)
            if count != 1:
                raise ServerFailure(f"{path} has {key} {count} times")
        path.write_text(f'{text}\n[[stub_zone]]\nzone = "test"\nservers = ["127.0.0.1:{DNS_PORT}"]\n')


class Pair:
    """One server that checks senders and one that does not; one of them runs at a time."""

    name = "Martlet"

    def __init__(self, folder, signed):
        self.path = signed.message("4k")
        self.servers = [Doubting(folder / str(checks), checks) for checks in (False, True)]

    def start(self):
        pass

    def stop(self):
        for server in self.servers:
            server.stop()

    def restart(self):
        self.stop()


@contextlib.contextmanager
def site(bench):
    signed = Signed(bench.folder)
    with NameServer(bench.folder, signed), bench.running(martlet=lambda folder: Pair(folder, signed)) as servers:
        yield servers


def check(server, bench):
    """CPU milliseconds a message with the sender checked and without: there, back and there again."""
    spent, count = [0.0, 0.0], bench.size(MESSAGES)
    for checks in (0, 1, 1, 0):
        with server.servers[checks] as one:
            def send(messages):
                bench.load.send(one.ports["smtp"], messages, 0, SESSIONS, users=USERS, file=server.path)
            # The mailboxes are read in, and the sender's records looked up.
            send(4 * USERS)
            with measure.Measured(one) as measured:
                send(count)
            spent[checks] += measured.cpu / count * 1e3 / 2
            if checks:
                expect_pass(one)
    return {"added_ms": spent[1] - spent[0], "plain_ms": spent[0], "elsewhere": measured.elsewhere}


def check_alone(server, bench):
    """The same check in a loop, without a server around it."""
    checker = Library("Martlet", lambda path, runs: [RATES, "sender", f"127.0.0.1:{DNS_PORT}", path, str(runs)])
    return checker.run(server.path, bench.size(SIZES["4k"][2]), '"pass pass pass"')


def expect_pass(server):
    """The last message of the first user says that everything passed."""
    connection = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
    connection.login("u000", "pw")
    connection.select("INBOX", readonly=True)
    found = connection.fetch("*", "(BODY[HEADER.FIELDS (AUTHENTICATION-RESULTS)])")[1][0][1].decode()
    connection.logout()
    missing = [word for word in ("spf=pass", "dkim=pass", "dmarc=pass") if word not in found]
    if missing:
        raise ServerFailure(f"no {', '.join(missing)} in {found}")


def verifying(size, bar):
    text = f"DKIM verify, RSA of 2,048 bits, {SIZES[size][0]}"
    for key, peer in (("dkim", "opendkim"), ("dkimpy", "dkimpy")):
        yield Row(f"{key}-{size}", text, peer, (Figure("per_cpu", "messages per CPU-second", "rate", bar),),
                  functools.partial(verify, size=size))


CHECK = Row("auth-smtp", "SPF, DKIM and DMARC of a message of 4 KiB by SMTP, DNS warm", "nobody",
            (Figure("added_ms", "ms of CPU more than without", "limit", 0.15),), check)
ALONE = Row("sender-4k", "the same in a loop, without SMTP and the store", "nobody",
            (Figure("cpu_us", "µs of CPU a message", "limit"),), check_alone)
GROUPS = (Group((*verifying("4k", 1.5), *verifying("1m", 1)), languages), Group((CHECK, ALONE), site))
