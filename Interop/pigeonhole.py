"""Pigeonhole's `sieve-test`: what it would do with a message, and what is in mailboxes and sent after it did it."""

import email
import email.errors
import email.header
import email.policy
import os
import pathlib
import re
import shutil
import subprocess

CONFIGURATION = """
mail_home = {folder}/home
mail_location = maildir:{folder}/home/mail
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
hostname = mail.martlet.test
postmaster_address = postmaster@martlet.test
log_path = /dev/stderr
plugin {{
  sieve = file:{scripts};active={folder}/active.sieve
  sieve_global = {scripts}
  sieve_extensions = +editheader +vacation-seconds +special-use +spamtest +spamtestplus
  sieve_spamtest_status_type = score
  sieve_spamtest_status_header = X-Priority: ([0-9])
  sieve_spamtest_max_value = 5
}}
"""

class Pigeonhole:
    """Works in a folder of its own; `scripts` is where scripts, and those they include, are."""

    def __init__(self, folder, scripts, mailboxes):
        self.folder, self.scripts, self.mailboxes = pathlib.Path(folder), scripts, mailboxes
        # Dovecot handles no mail as root.
        self.uid, self.gid = (65534, 65534) if os.getuid() == 0 else (os.getuid(), os.getgid())
        self.reset()
        (self.folder / "conf").write_text(
            CONFIGURATION.format(folder=self.folder, scripts=scripts, uid=self.uid, gid=self.gid)
        )

    def reset(self):
        """Empties the mailboxes."""
        shutil.rmtree(self.folder / "home", ignore_errors=True)
        for name in [""] + [f".{name}" for name in self.mailboxes]:
            for part in ("new", "cur", "tmp"):
                (self.folder / "home/mail" / name / part).mkdir(parents=True)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", f"{self.uid}:{self.gid}", self.folder / "home"], check=True)

    def boxes(self):
        mail = self.folder / "home/mail"
        return [mail] + sorted(path for path in mail.iterdir() if path.name.startswith("."))

    def run(self, script, message, sender, recipient, *options):
        """What it prints, and whether it went well."""
        command = [
            "sieve-test", "-c", str(self.folder / "conf"), "-r", recipient, "-a", recipient, "-f", sender,
            *options, str(script), str(message),
        ]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, env={**os.environ, "TZ": "UTC"}
        )
        return done.stdout, done.returncode == 0

    def actions(self, script, message, sender, recipient):
        """The actions as tuples, in the form that `martlet_actions` gives too."""
        text, is_well = self.run(script, message, sender, recipient)
        _, _, rest = text.decode("utf-8", "replace").partition("Performed actions:")
        if not rest or not is_well:
            return [("error",)]
        explicit, _, implicit = rest.partition("Implicit keep:")
        return parse(explicit, False) + parse(implicit, True)

    def execute(self, script, message, sender, recipient):
        """The messages in each mailbox, and the one that was sent if there was one, after it is done."""
        self.reset()
        text, _ = self.run(script, message, sender, recipient, "-e", "-l", f"maildir:{self.folder}/home/mail")
        stored = []
        for box in self.boxes():
            for file in [*(box / "new").iterdir(), *(box / "cur").iterdir()]:
                stored.append((box.name.lstrip(".") if box.name.startswith(".") else "INBOX", file.read_bytes()))
        # It prints what it would hand over to a mail server.
        sent, found, _ = text.partition(b"RECIPIENT: ")
        return stored, [sent.strip(b"\n") + b"\n"] if found else []


def parse(text, is_implicit):
    actions = []
    for line in text.splitlines():
        stripped = line.strip()
        if line.startswith(" * "):
            what = line[3:]
            if match := re.match(r"store message in folder: (.*)", what):
                actions.append(["store", match[1], (), is_implicit])
            elif match := re.match(r"redirect message to: <(.*)>", what):
                actions.append(["redirect", match[1].lower()])
            elif match := re.match(r"reject message with reason: (.*)", what):
                actions.append(["reject", match[1].replace("??", " ")])
            elif what.startswith("send vacation"):
                actions.append(["vacation"])
            elif what.startswith("send notification"):
                actions.append(["notify", "", set()])
            elif what.startswith("discard"):
                actions.append(["discard"])
            elif what.startswith("track duplicate"):
                # Not an action of the script, but what `duplicate` remembers.
                continue
            else:
                actions.append(["unknown", what])
        elif actions and actions[-1][0] == "store" and stripped.startswith("+ add IMAP flags: "):
            actions[-1][2] = tuple(sorted(stripped[18:].lower().split()))
        elif actions and actions[-1][0] == "notify" and (match := re.match(r"=> subject +: (.*)", stripped)):
            actions[-1][1] = " ".join(match[1].split())
        elif actions and actions[-1][0] == "notify" and (match := re.match(r"\+ (To|Cc): (.*)", stripped)):
            actions[-1][2].add(match[2].lower())
    return [tuple(frozenset(x) if isinstance(x, set) else x for x in action) for action in actions]


def fields(message):
    """A message's header fields, name and unfolded value, as bytes."""
    result = []
    for line in message.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n"):
        if line[:1] in (b" ", b"\t") and result:
            result[-1] = (result[-1][0], result[-1][1] + line)
        else:
            name, _, value = line.partition(b":")
            result.append((name.strip().lower(), value.strip()))
    return [(name.decode("utf-8", "replace"), readable(value.decode("utf-8", "replace"))) for name, value in result]


def readable(value):
    """A field's value without encoded words, and each of its blanks a space: mailers fold where they want."""
    try:
        value = str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        pass
    return " ".join(value.split())


def answer(message):
    """What of a message that a script sends has to be the same, whoever sends it."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    body = parsed.get_body(("plain", "html"))
    return (
        str(parsed["To"]), str(parsed["From"]), " ".join(str(parsed["Subject"]).split()), str(parsed["In-Reply-To"]),
        parsed["Auto-Submitted"].split()[0], body.get_content_type(), body.get_content().replace("\r\n", "\n").strip(),
    )
