"""What Martlet signs verifies at dkimpy, OpenDKIM's library and Mail::DKIM, and the other way round.

Keys are asked for at a name server of the case's own; OpenDKIM reads them from a file.
"""

import base64
import os
import random
import shutil
import signal
import subprocess

import dkim

from dkim_tools import make_key, opendkim, write_all
from site_under_test import ROOT, corpus, run, wait_for

MESSAGES = int(os.environ.get("DKIM_MESSAGES", "1000"))
DOMAIN, SELECTOR, PORT = "signer.example", "probe", 20053


def sample():
    """Real messages, the same at each run; those without an author cannot be signed by anybody."""
    messages = [message for _, message in corpus() if b"\nfrom:" in b"\n" + message.split(b"\r\n\r\n")[0].lower()]
    return random.Random(6376).sample(messages, min(MESSAGES, len(messages)))


class NameServer:
    """nsd with one zone, for the time of a `with` block."""

    def __init__(self, site, record):
        self.folder = site.folder / "nsd"
        self.folder.mkdir(exist_ok=True)
        strings = " ".join(f'"{record[start:start + 250]}"' for start in range(0, len(record), 250))
        (self.folder / "zone").write_text(
            f"$ORIGIN {DOMAIN}.\n$TTL 60\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"
            f"{SELECTOR}._domainkey TXT {strings}\n"
        )
        (self.folder / "conf").write_text(
            f"server:\n  ip-address: 127.0.0.1@{PORT}\n  username: \"\"\n  server-count: 1\n"
            f"  pidfile: \"{self.folder}/pid\"\n  zonelistfile: \"{self.folder}/list\"\n  xfrdfile: \"\"\n"
            f"  database: \"\"\n  zonesdir: \"{self.folder}\"\n  xfrdir: \"{self.folder}\"\n"
            f"remote-control:\n  control-enable: no\nzone:\n  name: \"{DOMAIN}\"\n  zonefile: \"zone\"\n"
        )

    def __enter__(self):
        program = shutil.which("nsd") or "/usr/sbin/nsd"
        self.process = subprocess.Popen([program, "-d", "-c", str(self.folder / "conf")], stderr=subprocess.DEVNULL)
        question = ["/usr/bin/drill", "-p", str(PORT), "@127.0.0.1", f"{SELECTOR}._domainkey.{DOMAIN}", "TXT"]
        wait_for(lambda: "DKIM1" in run(question, check=False), "the name server")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def test_signed_here(site):
    """dkimpy verifies real messages that Martlet signed with RSA, relaxed and simple"""
    path, record = make_key(site, "rsa")
    answer = lambda name, timeout=5: record.encode()
    failed = []
    for number, message in enumerate(sample()):
        form = ["relaxed/relaxed", "simple/simple"][number % 2]
        signed = subprocess.run(
            [site.program, "dkim", "sign", "-", "--domain", DOMAIN, "--selector", SELECTOR, "--key", str(path),
             "--canonicalization", form],
            input=message, stdout=subprocess.PIPE, check=True,
        ).stdout
        if not dkim.verify(signed, dnsfunc=answer):
            failed.append((number, form))
    assert not failed, f"{len(failed)} of {MESSAGES} do not verify: {failed[:10]}"


def test_signed_there(site):
    """Martlet verifies real messages that dkimpy signed, with RSA and with Ed25519"""
    failed = []
    for algorithm in ["rsa", "ed25519"]:
        path, record = make_key(site, algorithm)
        key = path.read_bytes()
        if algorithm == "ed25519":
            raw = subprocess.run(
                ["openssl", "pkey", "-in", str(path), "-outform", "DER"], stdout=subprocess.PIPE, check=True
            ).stdout[-32:]
            key = base64.b64encode(raw)
        with NameServer(site, record):
            for number, message in enumerate(sample()[:MESSAGES // 2]):
                field = dkim.sign(
                    message, SELECTOR.encode(), DOMAIN.encode(), key,
                    canonicalize=[(b"relaxed", b"relaxed"), (b"simple", b"simple")][number % 2],
                    include_headers=[b"From", b"To", b"Subject", b"Date"],
                    signature_algorithm=b"rsa-sha256" if algorithm == "rsa" else b"ed25519-sha256",
                )
                told = subprocess.run(
                    [site.program, "auth", "dkim", "-", "--dns", f"127.0.0.1:{PORT}"],
                    input=field + message, stdout=subprocess.PIPE,
                ).stdout.decode()
                if told.splitlines()[0] != "pass":
                    failed.append((algorithm, number, told))
    assert not failed, f"{len(failed)} do not verify: {failed[:5]}"


def sign_here(site, key, messages):
    """Messages signed by Martlet, relaxed and simple in turn."""
    return [
        subprocess.run(
            [site.program, "dkim", "sign", "-", "--domain", DOMAIN, "--selector", SELECTOR, "--key", str(key),
             "--canonicalization", ["relaxed/relaxed", "simple/simple"][number % 2]],
            input=message, stdout=subprocess.PIPE, check=True,
        ).stdout
        for number, message in enumerate(messages)
    ]


def expect_verified_there(told, count):
    lines = [line.split("\t") for line in told.splitlines()]
    failed = [line for line in lines if line[1] != "pass"]
    assert len(lines) == count, told[-2000:]
    assert not failed, f"{len(failed)} of {count} do not verify: {failed[:5]}"


def expect_verified_here(site, record, paths):
    """What a peer signed, its field in a file of its own beside each message."""
    failed = []
    with NameServer(site, record):
        for path in paths:
            signed = open(f"{path}.signature", "rb").read() + open(path, "rb").read()
            told = subprocess.run(
                [site.program, "auth", "dkim", "-", "--dns", f"127.0.0.1:{PORT}"], input=signed, stdout=subprocess.PIPE,
            ).stdout.decode()
            if told.splitlines()[0] != "pass":
                failed.append((path, told))
    assert not failed, f"{len(failed)} of {len(paths)} do not verify: {failed[:5]}"


def test_opendkim_verifies(site):
    """OpenDKIM verifies real messages that Martlet signed"""
    key, record = make_key(site, "rsa")
    keys = site.folder / "keys"
    keys.write_text(f"{SELECTOR}._domainkey.{DOMAIN} {record}\n")
    paths = write_all(site, "for-opendkim", sign_here(site, key, sample()))
    expect_verified_there(run([opendkim(site), "verify", str(keys), *paths]), len(paths))


def test_opendkim_signs(site):
    """Martlet verifies real messages that OpenDKIM signed, relaxed and simple"""
    key, record = make_key(site, "rsa")
    paths = write_all(site, "by-opendkim", sample())
    for form, some in [("relaxed", paths[::2]), ("simple", paths[1::2])]:
        run([opendkim(site), "sign", str(key), DOMAIN, SELECTOR, form, *some])
    expect_verified_here(site, record, paths)


def test_mail_dkim_verifies(site):
    """Mail::DKIM verifies real messages that Martlet signed"""
    key, record = make_key(site, "rsa")
    paths = write_all(site, "for-mail-dkim", sign_here(site, key, sample()))
    with NameServer(site, record):
        told = run(["perl", str(ROOT / "Interop/dkim/mail-dkim.pl"), "verify", str(PORT), *paths], timeout=600)
    expect_verified_there(told, len(paths))


def test_mail_dkim_signs(site):
    """Martlet verifies real messages that Mail::DKIM signed, relaxed and simple"""
    key, record = make_key(site, "rsa")
    paths = write_all(site, "by-mail-dkim", sample())
    for form, some in [("relaxed", paths[::2]), ("simple", paths[1::2])]:
        run(["perl", str(ROOT / "Interop/dkim/mail-dkim.pl"), "sign", str(key), DOMAIN, SELECTOR, form, *some])
    expect_verified_here(site, record, paths)


def seal_here(site, key, message, found):
    """The message as our host checked it, and sealed by Martlet."""
    checked = f"Authentication-Results: mx.{DOMAIN}; spf=pass smtp.mailfrom=a@{DOMAIN}; arc={found}\r\n".encode() + message
    return subprocess.run(
        [site.program, "dkim", "seal", "-", "--host", f"mx.{DOMAIN}", "--domain", DOMAIN, "--selector", SELECTOR,
         "--key", str(key)],
        input=checked, stdout=subprocess.PIPE, check=True,
    ).stdout


def test_arc(site):
    """Martlet and dkimpy seal real messages by turns, and each finds the other's ARC chain whole, or broken when it is"""
    key, record = make_key(site, "rsa")
    answer = lambda name, timeout=5: record.encode()
    failed = []
    with NameServer(site, record):
        for number, message in enumerate(sample()[:MESSAGES // 5]):
            chain = seal_here(site, key, message, "none")
            first = dkim.arc_verify(chain, dnsfunc=answer)[0]
            chain = f"Authentication-Results: two.example; arc=pass\r\n".encode() + chain
            fields = dkim.arc_sign(
                chain, SELECTOR.encode(), DOMAIN.encode(), key.read_bytes(), b"two.example",
                include_headers=[b"From", b"Subject", b"Date"],
            )
            chain = b"".join(fields) + chain
            second = subprocess.run(
                [site.program, "auth", "arc", "-", "--dns", f"127.0.0.1:{PORT}"], input=chain, stdout=subprocess.PIPE,
            ).stdout.decode().splitlines()[0]
            chain = seal_here(site, key, chain, "pass")
            third = dkim.arc_verify(chain, dnsfunc=answer)[0]
            broken = dkim.arc_verify(chain + b"added on the way\r\n", dnsfunc=answer)[0]
            if [first, second, third, broken] != [b"pass", "pass", b"pass", b"fail"]:
                failed.append((number, first, second, third, broken))
    assert not failed, f"{len(failed)} chains are not agreed on: {failed[:5]}"
