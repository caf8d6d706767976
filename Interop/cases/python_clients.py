"""Python's imaplib, imapclient, poplib and smtplib."""

import imaplib
import poplib
import smtplib
import ssl

import imapclient

from site_under_test import PORTS

MESSAGE = b"From: bob@martlet.test\r\nTo: alice@martlet.test\r\nSubject: %s\r\n\r\nline\r\n.dot\r\n\xe4\xf6\xfc\r\n"


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_smtplib_bytes(site):
    """what smtplib sends comes out of imaplib byte for byte below the trace headers"""
    sent = MESSAGE % b"smtplib"
    with site.smtp() as smtp:
        smtp.sendmail("bob@martlet.test", ["alice@martlet.test"], sent, mail_options=["BODY=8BITMIME"])
    received = site.wait_for_subject("smtplib")
    assert received.endswith(sent), received


def test_smtplib_starttls_verified(site):
    """the self-signed certificate names localhost and verifies against itself"""
    context = ssl.create_default_context(cafile=str(site.home / "cert.pem"))
    smtp = smtplib.SMTP("localhost", PORTS["submission"], local_hostname="client.example")
    smtp.starttls(context=context)
    smtp.login("alice", "demo")
    smtp.sendmail("alice@martlet.test", ["alice@martlet.test"],
                  MESSAGE.replace(b"From: bob", b"From: alice") % b"verified")
    smtp.quit()
    site.wait_for_subject("verified")


def test_imaplib(site):
    """imaplib appends, flags, searches, copies, moves and expunges"""
    connection = imaplib.IMAP4_SSL("127.0.0.1", PORTS["imaps"], ssl_context=unverified())
    connection.login("bob", "demo")
    assert connection.create('"work/in progress"')[0] == "OK"
    for number in range(5):
        kind, data = connection.append('"work/in progress"', r"(\Seen)", None, MESSAGE % f"n{number}".encode())
        assert kind == "OK" and b"APPENDUID" in data[0], data
    assert connection.select('"work/in progress"') == ("OK", [b"5"])
    assert connection.store("2:3", "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert connection.search(None, "DELETED") == ("OK", [b"2 3"])
    assert connection.search(None, "SUBJECT", "n4") == ("OK", [b"5"])
    kind, numbers = connection.expunge()
    assert kind == "OK" and numbers in ([b"2", b"2"], [b"3", b"2"]), numbers
    assert connection.copy("1:2", "INBOX")[0] == "OK"
    kind, data = connection.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
    bodies = [part[1] for part in data if isinstance(part, tuple)]
    assert bodies == [MESSAGE % b"n0", MESSAGE % b"n3", MESSAGE % b"n4"], bodies
    assert connection.close()[0] == "OK"
    assert connection.delete('"work/in progress"')[0] == "OK"
    connection.logout()


def test_imapclient(site):
    """imapclient sees folders, special use, envelopes, moves and idle pushes"""
    client = imapclient.IMAPClient("127.0.0.1", port=PORTS["imap"], ssl=False)
    client.starttls(unverified())
    client.login("alice", "demo")
    folders = {name: flags for flags, _, name in client.list_folders()}
    assert {"INBOX", "Sent", "Trash", "Drafts", "Junk", "Archive"} <= set(folders), folders
    assert client.find_special_folder(b"\\Sent") == "Sent"
    client.create_folder("Prüfung/æøå")
    client.append("Prüfung/æøå", MESSAGE % b"imapclient")
    client.select_folder("Prüfung/æøå")
    (number, data), = client.fetch(client.search(), ["ENVELOPE", "BODYSTRUCTURE", "FLAGS"]).items()
    assert data[b"ENVELOPE"].subject == b"imapclient"
    assert data[b"ENVELOPE"].from_[0].mailbox == b"bob"
    client.move([number], "Archive")
    client.select_folder("INBOX")
    client.idle()
    with site.smtp() as smtp:
        smtp.sendmail("bob@martlet.test", ["alice@martlet.test"], MESSAGE % b"pushed")
    pushed = client.idle_check(timeout=10)
    client.idle_done()
    assert any(response[1] == b"EXISTS" for response in pushed), pushed
    client.delete_folder("Prüfung/æøå")
    client.logout()


def test_poplib(site):
    """poplib lists, reads, tops and deletes; a second session is told the mailbox is in use"""
    with site.smtp() as smtp:
        for number in range(3):
            smtp.sendmail("x@example.org", ["bob@martlet.test"], MESSAGE % f"pop{number}".encode())
    site.wait_for_subject("pop2", user="bob")
    pop = poplib.POP3_SSL("127.0.0.1", PORTS["pop3s"], context=unverified())
    pop.user("bob")
    pop.pass_("demo")
    count, octets = pop.stat()
    assert count >= 3
    _, lines, size = pop.retr(count)
    assert b".dot" in lines and b"\xe4\xf6\xfc" in lines, lines
    assert pop.top(count, 1)[1][-1] == b"line"
    identifiers = pop.uidl()[1]
    second = poplib.POP3("127.0.0.1", PORTS["pop3"])
    second.user("bob")
    try:
        second.pass_("demo")
        raise AssertionError("a second session got the mailbox")
    except poplib.error_proto as error:
        assert b"IN-USE" in error.args[0], error
    pop.dele(count)
    pop.quit()
    third = poplib.POP3("127.0.0.1", PORTS["pop3"])
    third.stls(unverified())
    third.user("bob")
    third.pass_("demo")
    assert third.stat()[0] == count - 1
    assert third.uidl()[1] == identifiers[:-1]
    third.quit()
