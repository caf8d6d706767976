"""dkimpy verifies what Martlet signs and the other way round, over a name server of the case's own."""

import base64
import os
import random
import shutil
import signal
import subprocess

import dkim

from site_under_test import corpus, run, wait_for

MESSAGES = int(os.environ.get("DKIM_MESSAGES", "1000"))
DOMAIN, SELECTOR, PORT = "signer.example", "probe", 20053


def make_key(site, algorithm):
    """A private key's file, and the TXT record of its public half."""
    path = site.folder / f"{algorithm}.pem"
    options = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if algorithm == "rsa" else ["-algorithm", "ed25519"]
    run(["openssl", "genpkey", *options, "-out", str(path)])
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-pubout", "-outform", "DER"], stdout=subprocess.PIPE, check=True
    ).stdout
    # RFC 8463 §4: of an Ed25519 key the 32 octets alone are published.
    public = public[-32:] if algorithm == "ed25519" else public
    return path, f"v=DKIM1; k={algorithm}; p={base64.b64encode(public).decode()}"


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
