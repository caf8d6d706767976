"""swaks over plain SMTP, STARTTLS and TLS, with and without authentication."""

from site_under_test import PORTS, run


def swaks(*options, check=True):
    return run(["swaks", "--helo", "client.example", "--timeout", "20", *options], check=check)


def test_plain(site):
    """a message over plain SMTP arrives"""
    swaks("--server", f"127.0.0.1:{PORTS['smtp']}", "--from", "x@example.org", "--to", "alice@martlet.test",
          "--header", "Subject: swaks plain")
    site.wait_for_subject("swaks plain")


def test_starttls(site):
    """a message over STARTTLS arrives and its trace header says so"""
    swaks("--server", f"127.0.0.1:{PORTS['smtp']}", "--tls", "--from", "x@example.org", "--to", "alice@martlet.test",
          "--header", "Subject: swaks starttls")
    message = site.wait_for_subject("swaks starttls")
    assert b"with ESMTPS" in message, message[:600]


def submit(site, subject, port, *options):
    swaks("--server", f"127.0.0.1:{port}", "--auth-user", "alice", "--auth-password", "demo",
          "--from", "alice@martlet.test", "--to", "bob@martlet.test", "--header", f"Subject: {subject}", *options)
    return site.wait_for_subject(subject, user="bob")


def test_submission_mechanisms(site):
    """submission takes PLAIN and LOGIN, after STARTTLS and under TLS"""
    for mechanism in ("PLAIN", "LOGIN"):
        message = submit(site, f"swaks 587 {mechanism}", PORTS["submission"], "--tls", "--auth", mechanism)
        assert b"with ESMTPSA" in message, message[:600]
        submit(site, f"swaks 465 {mechanism}", PORTS["submissions"], "--tls-on-connect", "--auth", mechanism)


def test_wrong_password(site):
    """a wrong password is refused with 535"""
    output = swaks("--server", f"127.0.0.1:{PORTS['submission']}", "--tls", "--auth", "PLAIN", "--auth-user", "alice",
                   "--auth-password", "wrong", "--from", "alice@martlet.test", "--to", "bob@martlet.test", check=False)
    assert " 535 5.7.8" in output, output


def test_foreign_sender(site):
    """a user may not send under another's address"""
    output = swaks("--server", f"127.0.0.1:{PORTS['submission']}", "--tls", "--auth", "PLAIN", "--auth-user", "alice",
                   "--auth-password", "demo", "--from", "bob@martlet.test", "--to", "bob@martlet.test", check=False)
    assert " 553 5.7.1" in output or " 550 5.7.1" in output, output


def test_unknown_recipient(site):
    """an unknown user is refused at RCPT"""
    output = swaks("--server", f"127.0.0.1:{PORTS['smtp']}", "--from", "x@example.org", "--to", "nobody@martlet.test",
                   check=False)
    assert " 550 5.1.1" in output, output


def test_lmtp(site):
    """LMTP answers for each recipient"""
    output = swaks("--server", f"127.0.0.1:{PORTS['lmtp']}", "--protocol", "LMTP", "--from", "x@example.org",
                   "--to", "alice@martlet.test,bob@martlet.test", "--header", "Subject: swaks lmtp")
    assert output.count(" 250 2.") >= 4, output
    site.wait_for_subject("swaks lmtp")
    site.wait_for_subject("swaks lmtp", user="bob")
