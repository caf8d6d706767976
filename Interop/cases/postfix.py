"""Postfix relaying to Martlet by SMTP and by LMTP, and Martlet relaying to Postfix."""

import pathlib
import re
import shutil
import subprocess

from site_under_test import PORTS, Skip, run, wait_for, wait_for_port

POSTFIX_PORT = 2600
SITE = {"route": f"127.0.0.1:{POSTFIX_PORT}"}


class Postfix:
    """A private Postfix on loopback."""

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        for part in ("etc", "spool", "data"):
            (self.folder / part).mkdir(parents=True)
        shutil.chown(self.folder / "data", "postfix")
        self.folder.chmod(0o755)
        for parent in self.folder.parents:
            if str(parent).startswith("/tmp/"):
                parent.chmod(0o755)
        maps = pathlib.Path("/etc/postfix/dynamicmaps.cf")
        if maps.exists():
            shutil.copy(maps, self.folder / "etc")
        main = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "spool",
            "data_directory": self.folder / "data",
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "postfix.example",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "local_recipient_maps": "",
            "alias_maps": "",
            "smtpd_peername_lookup": "no",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "maillog_file": self.folder / "mail.log",
            "maillog_file_prefixes": self.folder,
            **settings,
        }
        (self.folder / "etc/main.cf").write_text("".join(f"{key} = {value}\n" for key, value in main.items()))
        master = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
        master = re.sub(r"(?m)^smtp      inet.*", f"127.0.0.1:{POSTFIX_PORT} inet n - n - - smtpd", master)
        master = re.sub(r"(?m)^([a-z-]+ +[a-z]+ +\S+ +\S+ +)y ", r"\1n ", master)
        if not re.search(r"(?m)^postlog", master):
            master += "postlog unix-dgram n - n - 1 postlogd\n"
        (self.folder / "etc/master.cf").write_text(master)

    def __enter__(self):
        subprocess.run(["postfix", "-c", str(self.folder / "etc"), "start"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(POSTFIX_PORT)
        return self

    def __exit__(self, *_):
        subprocess.run(["postfix", "-c", str(self.folder / "etc"), "stop"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def log(self):
        path = self.folder / "mail.log"
        return path.read_text() if path.exists() else ""


def send_through_postfix(subject, to="alice@martlet.test"):
    run(["swaks", "--server", f"127.0.0.1:{POSTFIX_PORT}", "--helo", "client.example", "--from", "x@example.org",
         "--to", to, "--header", f"Subject: {subject}"])


def need_postfix():
    if not shutil.which("postfix"):
        raise Skip("no postfix")


def test_postfix_to_martlet_smtp(site):
    """Postfix relays to Martlet by SMTP"""
    need_postfix()
    with Postfix(site.folder / "postfix-smtp", relayhost=f"[127.0.0.1]:{PORTS['smtp']}") as postfix:
        send_through_postfix("postfix smtp")
        site.wait_for_subject("postfix smtp")
        wait_for(lambda: "status=sent (250 2." in postfix.log, "Postfix's record of delivery")


def test_postfix_to_martlet_lmtp(site):
    """Postfix delivers to Martlet by LMTP, and returns mail for users Martlet does not have"""
    need_postfix()
    transport = f"lmtp:inet:127.0.0.1:{PORTS['lmtp']}"
    with Postfix(site.folder / "postfix-lmtp", default_transport=transport) as postfix:
        send_through_postfix("postfix lmtp")
        site.wait_for_subject("postfix lmtp")
        send_through_postfix("postfix lmtp unknown", to="nobody@martlet.test")
        wait_for(lambda: re.search(r"to=<nobody@martlet.test>.*dsn=5\.1\.1, status=bounced", postfix.log),
                 "Postfix's bounce")


def test_martlet_to_postfix(site):
    """Martlet relays to Postfix, and makes a bounce of Postfix's refusal"""
    need_postfix()
    with Postfix(site.folder / "postfix-sink", default_transport="discard:",
                 smtpd_recipient_restrictions="check_recipient_access inline:{{refused@far.example=REJECT no}}") as postfix:
        with site.submission() as smtp:
            smtp.sendmail("alice@martlet.test", ["someone@far.example"],
                          b"From: alice@martlet.test\r\nSubject: to postfix\r\n\r\nhello\r\n")
        wait_for(lambda: "to=<someone@far.example>" in postfix.log, "the message at Postfix")
        with site.submission() as smtp:
            smtp.sendmail("alice@martlet.test", ["refused@far.example"],
                          b"From: alice@martlet.test\r\nSubject: to be refused\r\n\r\nhello\r\n")
        bounce = wait_for(
            lambda: [m for m in site.messages() if b"multipart/report" in m and b"refused@far.example" in m],
            "a bounce")[0]
        assert b"Action: failed" in bounce and b"Status: 5." in bounce, bounce
