"""Dovecot beside Martlet: what both say about the same messages."""

import os
import pathlib
import sys
import tarfile

from site_under_test import PORTS, ROOT, Skip, run

sys.path.append(str(ROOT / "Benchmarks"))
from peers import Dovecot  # noqa: E402

SITE = {"accounts": 1}


def compare(site, archive):
    """Every message of an archive of the corpus, by ENVELOPE, BODYSTRUCTURE, BODY and 17 sections."""
    place = pathlib.Path(os.environ.get("MARTLET_CORPUS", ROOT.parent / "shared" / "corpus")) / f"{archive}.tar.xz"
    if not place.exists():
        raise Skip(f"no {place}")
    messages = site.folder / archive
    with tarfile.open(place) as tar:
        tar.extractall(messages)
    site.folder.chmod(0o755)
    peer = site.folder / f"dovecot-{archive}"
    peer.mkdir(mode=0o755)
    with Dovecot(peer, 1) as dovecot:
        said = run([sys.executable, str(ROOT / "Interop/dovecot-differences.py"), "--known", "--corpus", str(messages),
                    "--a", f"127.0.0.1:{PORTS['imap']}", "--b", f"127.0.0.1:{dovecot.ports['imap']}",
                    "--user", "u000", "--password", "pw"], timeout=900)
    counted = [line.split() for line in said.splitlines() if line.endswith("different")]
    assert len(counted) == 21 and all(int(line[-6]) > 0 for line in counted), said[-3000:]


def test_real_mail(site):
    """ENVELOPE, BODYSTRUCTURE and BODY[...] of the real messages are Dovecot's, but for what is explained"""
    compare(site, "real-mail")


def test_fixtures(site):
    """ENVELOPE, BODYSTRUCTURE and BODY[...] of the MIME fixtures are Dovecot's, but for what is explained"""
    compare(site, "mime-fixtures")
