"""fetchmail by POP3, offlineimap by IMAP."""

import os

from site_under_test import PORTS, run


def deliver(site, user, count, word):
    with site.smtp() as smtp:
        for number in range(count):
            smtp.sendmail("x@example.org", [f"{user}@martlet.test"],
                          f"Subject: {word} {number}\r\n\r\nbody {number}\r\n".encode())
    site.wait_for_subject(f"{word} {count - 1}", user=user)


def test_fetchmail(site):
    """fetchmail takes everything by POP3 once, and finds nothing the second time"""
    deliver(site, "bob", 20, "fetched")
    settings = site.folder / "fetchmailrc"
    target = site.folder / "fetched.mbox"
    settings.write_text(
        f"poll 127.0.0.1 protocol POP3 port {PORTS['pop3']} uidl\n"
        f"  username bob password demo keep sslproto '' mda \"cat >> {target}; echo >> {target}\"\n"
    )
    settings.chmod(0o600)
    environment = dict(os.environ, HOME=str(site.folder), FETCHMAILHOME=str(site.folder))
    run(["fetchmail", "-f", str(settings), "-i", str(site.folder / "ids"), "--nosyslog"], env=environment)
    assert target.read_text().count("Subject: fetched") == 20
    again = run(["fetchmail", "-f", str(settings), "-i", str(site.folder / "ids"), "--nosyslog"],
                env=environment, check=False)
    assert target.read_text().count("Subject: fetched") == 20, again


def test_offlineimap(site):
    """offlineimap mirrors an account and a second run changes nothing"""
    deliver(site, "alice", 10, "offline")
    settings = site.folder / "offlineimaprc"
    settings.write_text(f"""
[general]
accounts = martlet
metadata = {site.folder}/offlineimap
ui = basic
[Account martlet]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {site.folder}/offline
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {PORTS['imap']}
remoteuser = alice
remotepass = demo
ssl = no
starttls = no
auth_mechanisms = LOGIN
""")
    run(["offlineimap", "-c", str(settings), "-o"], timeout=300)
    names = sorted(path.name for path in (site.folder / "offline" / "INBOX").glob("*/*"))
    assert len(names) >= 10, names
    second = run(["offlineimap", "-c", str(settings), "-o"], timeout=300)
    assert "Copy message" not in second, second
