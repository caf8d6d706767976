"""mbsync: two-way synchronisation of the real messages."""

import pathlib
import re

from site_under_test import PORTS, corpus, run

CONFIGURATION = """
IMAPAccount martlet
Host 127.0.0.1
Port {port}
User alice
Pass demo
SSLType None
AuthMechs LOGIN

IMAPStore far
Account martlet

MaildirStore near
Path {near}/
Inbox {near}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns "corpus" "INBOX"
Create Both
Expunge Both
SyncState *
"""


def test_two_way(site):
    """thousands of real messages travel up and down with their flags, and the second run finds nothing to do"""
    near = site.folder / "near"
    for part in ("cur", "new", "tmp"):
        (near / "corpus" / part).mkdir(parents=True)
    messages = corpus()
    for number, (_, message) in enumerate(messages):
        flags = ("", "S", "FS", "RS")[number % 4]
        name = f"{1_000_000 + number}.M{number}.interop:2,{flags}"
        (near / "corpus" / "cur" / name).write_bytes(message.replace(b"\r\n", b"\n"))
    settings = site.folder / "mbsyncrc"
    settings.write_text(CONFIGURATION.format(port=PORTS["imap"], near=near))
    run(["mbsync", "-c", str(settings), "all"], timeout=600)
    expect_nothing_to_do(settings)

    stored = sorted(site.messages(mailbox="corpus"))
    assert len(stored) == len(messages)
    without_marker = sorted(strip_marker(message) for message in stored)
    assert without_marker == sorted(message for _, message in messages)

    connection = site.imap()
    connection.select("corpus")
    assert len(connection.search(None, "FLAGGED")[1][0].split()) == len(range(2, len(messages), 4))
    assert len(connection.search(None, "ANSWERED")[1][0].split()) == len(range(3, len(messages), 4))
    connection.store("1:10", "+FLAGS", r"(\Deleted)")
    connection.expunge()
    connection.store("1:5", "+FLAGS", r"(\Flagged)")
    connection.logout()
    run(["mbsync", "-c", str(settings), "all"], timeout=600)
    left = list(pathlib.Path(near / "corpus" / "cur").iterdir()) + list(pathlib.Path(near / "corpus" / "new").iterdir())
    assert len(left) == len(messages) - 10, len(left)
    expect_nothing_to_do(settings)


def expect_nothing_to_do(settings):
    """mbsync's counters, which it shows on a terminal: nothing new, no flags changed, nothing expunged, on neither side."""
    counters = run(["script", "-qec", f"mbsync -c {settings} all", "/dev/null"], timeout=600)
    assert counters.count("+0/0 *0/0 #0/0") >= 2 and not re.search(r"[+*#]\d+/[1-9]", counters), counters[-1000:]


def strip_marker(message):
    """Removes the X-TUID line by which mbsync finds what it stored."""
    head, separator, body = message.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"X-TUID: ")]
    return b"\r\n".join(lines) + separator + body
