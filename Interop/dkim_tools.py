"""Keys, and OpenDKIM's library as a program."""

import base64
import subprocess

from site_under_test import ROOT, run


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


def write_all(site, name, messages):
    """The messages as files of a new folder, in order."""
    folder = site.folder / name
    folder.mkdir()
    paths = []
    for number, message in enumerate(messages):
        path = folder / f"{number:04}"
        path.write_bytes(message)
        paths.append(str(path))
    return paths


def opendkim(site):
    """A program around OpenDKIM's library."""
    program = site.folder / "libopendkim"
    if not program.exists():
        source = ROOT / "Interop/dkim/libopendkim.c"
        run(["cc", "-Wall", "-I/usr/include/opendkim", "-o", str(program), str(source), "-lopendkim"])
    return str(program)
