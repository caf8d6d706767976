"""sieve-connect, Cyrus's sivtest, and Python's managesieve and sievelib, over ManageSieve, mostly with STARTTLS."""

import ssl
from unittest import mock

import managesieve
import sievelib.managesieve

from site_under_test import PORTS, run

KEEP = 'require ["fileinto"];\r\nif header :contains "subject" "list" {\r\n    fileinto "Lists";\r\n}\r\n'
WRONG = 'require "filinto";\r\nkeep;\r\n  kep;\r\n'
NAME = "Wörk ☀ 日本"


def sieve_connect(site, *options, check=True, user="alice", password="demo", **named):
    command = [
        "sieve-connect", "--server", "localhost", "--port", str(PORTS["managesieve"]), "--user", user,
        "--tlscafile", str(site.home / "cert.pem"), "--passwordfd", "0", *options,
    ]
    return run(command, input=password + "\n", check=check, **named)


def test_sieve_connect(site):
    """sieve-connect verifies the certificate, uploads, lists, activates, downloads and deletes"""
    script = site.folder / "keep.sieve"
    script.write_bytes(KEEP.encode())
    sieve_connect(site, "--upload", "--localsieve", str(script), "--remotesieve", "main")
    assert '"main"' in sieve_connect(site, "--list")
    sieve_connect(site, "--activate", "--remotesieve", "main")
    assert '"main" ACTIVE' in sieve_connect(site, "--list")
    copy = site.folder / "copy.sieve"
    sieve_connect(site, "--download", "--remotesieve", "main", "--localsieve", str(copy))
    assert copy.read_bytes() == KEEP.encode(), copy.read_bytes()
    refused = sieve_connect(site, "--delete", "--remotesieve", "main", check=False)
    assert "The script is active" in refused, refused
    sieve_connect(site, "--deactivate")
    sieve_connect(site, "--delete", "--remotesieve", "main")
    assert '"main"' not in sieve_connect(site, "--list")


def test_sieve_connect_errors(site):
    """sieve-connect shows every mistake of a script with its line, and keeps nothing of it"""
    script = site.folder / "wrong.sieve"
    script.write_bytes(WRONG.encode())
    for action in ("--checkscript", "--upload"):
        shown = sieve_connect(site, action, "--localsieve", str(script), "--remotesieve", "wrong", check=False)
        assert "line 1, column 9: error: unknown capability 'filinto'" in shown, shown
        assert "line 3, column 3: error: " in shown, shown
    assert '"wrong"' not in sieve_connect(site, "--list")


def test_sieve_connect_password(site):
    """sieve-connect is told of a wrong password"""
    shown = sieve_connect(site, "--list", password="wrong", check=False)
    assert "Name or password is wrong" in shown, shown


def test_sieve_connect_challenges(site):
    """sieve-connect logs in by LOGIN, where it has challenges to answer, the first of them empty"""
    sieve_connect(site, "--list", "--authmech", "LOGIN")
    shown = sieve_connect(site, "--list", "--authmech", "LOGIN", password="wrong", check=False)
    assert "Name or password is wrong" in shown, shown


def sivtest(*options, password="demo", check=True):
    """Cyrus's client logs in with libsasl2, as KMail does, and leaves."""
    command = ["/usr/lib/cyrus/bin/sivtest", "-u", "alice", "-a", "alice", "-w", password, *options,
               "-p", str(PORTS["managesieve"]), "localhost"]
    return run(command, input="", timeout=30, check=check)


def test_sivtest_scram(site):
    """sivtest logs in by SCRAM-SHA-256 and believes the server's proof, with TLS and without"""
    for tls in [], ["-t", ""]:
        shown = sivtest("-m", "SCRAM-SHA-256", *tls)
        assert 'C: AUTHENTICATE "SCRAM-SHA-256' in shown and "\nAuthenticated.\n" in shown, shown
        shown = sivtest("-m", "SCRAM-SHA-256", *tls, password="wrong", check=False)
        assert "Name or password is wrong" in shown and "\nAuthenticated.\n" not in shown, shown


def test_sivtest_choice(site):
    """sivtest logs in by what it likes best of what is announced, and by PLAIN"""
    # Over TLS 1.3 it would bind SCRAM to tls-unique, which there is not, and under the name without -PLUS. RFC 9266 §3.
    for options in [], ["-m", "PLAIN"], ["-m", "PLAIN", "-t", ""]:
        shown = sivtest(*options)
        assert "\nAuthenticated.\n" in shown, shown


def test_managesieve(site):
    """managesieve uploads, lists, activates, reads and deletes, with a name in UTF-8"""
    trusted = ssl.create_default_context(cafile=str(site.home / "cert.pem"))
    with mock.patch.object(ssl, "create_default_context", lambda *_, **__: trusted):
        client = managesieve.MANAGESIEVE("localhost", PORTS["managesieve"], use_tls=True, tls_verify=True)
    assert "fileinto" in client.capabilities and "vacation" in client.capabilities, client.capabilities
    for mechanism in ("PLAIN", "LOGIN"):
        assert client.authenticate(mechanism, "bob", "demo") == "OK"
        if mechanism == "PLAIN":
            assert client.unauthenticate() == "OK"
    assert client.havespace(NAME, 1_000) == "OK"
    assert client.havespace(NAME, 10_000_000) == "NO" and client.response_code == "QUOTA/MAXSIZE"
    assert client.putscript(NAME, KEEP) == "OK"
    assert client.putscript("wrong", WRONG) == "NO"
    assert "line 3, column 3: error: " in client.response_text, client.response_text
    assert client.setactive(NAME) == "OK"
    assert client.listscripts() == ("OK", [(NAME, True)])
    assert client.getscript(NAME) == ("OK", KEEP)
    assert client.deletescript(NAME) == "NO" and client.response_code == "ACTIVE"
    assert client.setactive("") == "OK"
    assert client.deletescript(NAME) == "OK"
    assert client.getscript(NAME)[0] == "NO" and client.response_code == "NONEXISTENT"
    assert client.listscripts() == ("OK", [])
    assert client.logout() == "OK"


def test_sievelib(site):
    """sievelib uploads, checks, activates, renames and deletes, with a name in UTF-8"""
    trusted = ssl.create_default_context(cafile=str(site.home / "cert.pem"))
    with mock.patch.object(ssl, "create_default_context", lambda *_, **__: trusted):
        for mechanism in ("LOGIN", "PLAIN"):
            client = sievelib.managesieve.Client("localhost", PORTS["managesieve"])
            assert client.connect("bob", "demo", starttls=True, authmech=mechanism), mechanism
    assert client.get_implementation().startswith("Martlet "), client.get_implementation()
    assert "fileinto" in client.get_sieve_capabilities()
    assert client.havespace("main", 1_000)
    assert client.putscript(NAME, KEEP), client.errmsg
    assert client.checkscript(KEEP), client.errmsg
    assert not client.checkscript(WRONG)
    assert b"line 3, column 3: error: " in client.errmsg, client.errmsg
    assert not client.putscript(NAME, WRONG)
    assert client.getscript(NAME).splitlines() == KEEP.splitlines()
    assert client.setactive(NAME)
    assert client.listscripts() == (NAME, []), client.listscripts()
    assert client.renamescript(NAME, "Ünnamed"), client.errmsg
    assert client.listscripts() == ("Ünnamed", []), client.listscripts()
    assert not client.deletescript("Ünnamed")
    assert client.errcode.strip(b"() ") == b"ACTIVE", client.errcode
    assert client.setactive("")
    assert client.deletescript("Ünnamed")
    assert client.listscripts() == (None, [])
    client.logout()
