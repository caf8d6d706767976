"""The peers, private and tuned: Postfix relaying, Dovecot keeping mail as mdbox. All they own is in their folder."""

import pathlib
import shutil
import subprocess

from servers import DOMAIN, Server

# Nobody's: Dovecot refuses to keep mail as root.
MAIL_OWNER = 20_000

POSTFIX_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup   unix n - n 60 1 pickup
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
verify   unix - - n - 1 verify
flush    unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp     unix - - n - - smtp
lmtp     unix - - n - - lmtp
error    unix - - n - - error
retry    unix - - n - - error
showq    unix n - n - - showq
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
"""


class Postfix(Server):
    """Takes mail on one port; gives the domain's to an LMTP server and the rest to a next host.

    Tuned: it does not hold senders back while its queue is busy (in_flow_delay), and asks no DNS.
    """

    name = "Postfix"
    ports = {"smtp": 26_025}

    def __init__(self, folder, next_host, lmtp_port):
        super().__init__(folder)
        for part in ("etc", "spool", "data"):
            (self.folder / part).mkdir(exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "spool",
            "data_directory": self.folder / "data",
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "maillog_file": self.folder / "mail.log",
            "maillog_file_prefixes": self.folder,
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "postfix.test",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "alias_maps": "",
            "local_recipient_maps": "",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtpd_peername_lookup": "no",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "relayhost": f"[127.0.0.1]:{next_host}",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_maps": "static:here",
            "virtual_transport": f"lmtp:inet:127.0.0.1:{lmtp_port}",
            "message_size_limit": 50 << 20,
            "mailbox_size_limit": 0,
            "virtual_mailbox_limit": 0,
            "in_flow_delay": "0s",
        }
        (self.folder / "etc/main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
        (self.folder / "etc/master.cf").write_text(POSTFIX_SERVICES.format(port=self.ports["smtp"]))
        maps = pathlib.Path("/etc/postfix/dynamicmaps.cf")
        if maps.exists():
            shutil.copy(maps, self.folder / "etc")
        subprocess.run(["postfix", "-c", self.folder / "etc", "check"], check=True, capture_output=True)

    def command(self):
        # What `postfix start-fg` runs in the end; started so, it is our child and `stop` needs only its number.
        return ["/usr/lib/postfix/sbin/master", "-c", str(self.folder / "etc"), "-s"]


DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
protocols = imap pop3 lmtp
mail_location = mdbox:~/mdbox
first_valid_uid = {owner}
first_valid_gid = {owner}
mail_max_userip_connections = 10000
default_process_limit = 5000
default_client_limit = 20000
disable_plaintext_auth = no
auth_mechanisms = plain login
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
protocol lmtp {{
  mail_plugins = sieve
  postmaster_address = postmaster@{domain}
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  process_limit = 4
  client_limit = 5000
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  service_count = 0
  process_min_avail = 2
  process_limit = 4
  client_limit = 5000
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service lmtp {{
  process_min_avail = 4
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""

REUSED = """\
service imap {
  process_limit = 5000
  process_min_avail = 2
  service_count = 256
}
"""

HIBERNATING = """\
imap_hibernate_timeout = 5 secs
service imap {
  process_limit = 5000
  process_min_avail = 2
  unix_listener imap-master {
    user = $default_internal_user
  }
}
service imap-hibernate {
  unix_listener imap-hibernate {
    mode = 0666
  }
}
"""


class Dovecot(Server):
    """Keeps mail as mdbox for users u000… with the password pw in clear; where they have a Sieve script, LMTP runs it.

    Tuned: login processes serve many clients, and IMAP processes are used again; or, where thousands of clients only
    wait, their processes hibernate after five seconds.
    """

    name = "Dovecot"
    ports = {"lmtp": 26_024, "imap": 26_143, "imaps": 26_993, "pop3": 26_110}

    def __init__(self, folder, accounts, hibernates=False):
        super().__init__(folder)
        self.name = "Dovecot hibernating" if hibernates else "Dovecot"
        homes = self.folder / "mail"
        homes.mkdir(exist_ok=True)
        homes.chmod(0o1777)
        with open(self.folder / "users", "w") as users:
            for number in range(accounts):
                # Processes are used again for the same owner only. But the kernel lets one owner watch 128 mailboxes,
                # and a connection whose mailbox is not watched does not hibernate.
                owner = MAIL_OWNER + (number if hibernates else 0)
                users.write(f"u{number:03d}:{{PLAIN}}pw:{owner}:{owner}::{homes}/u{number:03d}::\n")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "30", "-subj", "/CN=localhost", "-keyout", self.folder / "key.pem", "-out",
             self.folder / "cert.pem"],
            check=True, capture_output=True,
        )
        text = DOVECOT.format(folder=self.folder, owner=MAIL_OWNER, domain=DOMAIN, **self.ports)
        (self.folder / "dovecot.conf").write_text(text + (HIBERNATING if hibernates else REUSED))

    def command(self):
        return ["dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]

    def forget(self):
        """Restarts without the cache that earlier FETCHes have filled."""
        self.stop()
        for path in self.folder.glob("mail/*/mdbox/mailboxes/**/dovecot.index.cache*"):
            path.unlink()
        self.start()
