"""Messages, commands and scripts put together by chance: Martlet answers as Dovecot and plans as Pigeonhole.

The seeds are fixed. Others are tried with SEED=n; what then differs is a defect of one of the two, or one more difference for
docs/design.
"""

import importlib.util
import json
import os
import poplib
import random
import re
import subprocess
import sys

import chance_commands
import pigeonhole
from chance_mail import Mail
from chance_scripts import Script
from site_under_test import PORTS, ROOT

sys.path.append(str(ROOT / "Benchmarks"))
from peers import Dovecot  # noqa: E402

SITE = {"accounts": 1}
SEED = int(os.environ.get("SEED", "1"))
SENDER, RECIPIENT = "bob+x@sender.example", "alice+tag@martlet.test"


def differences():
    """The module that reads IMAP answers; its name is a program's."""
    specification = importlib.util.spec_from_file_location("differences", ROOT / "Interop/dovecot-differences.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


imap = differences()


class Pair:
    """Connections to Martlet and Dovecot that are told the same."""

    def __init__(self, site):
        site.folder.chmod(0o755)
        self.peer = Dovecot(site.folder / "dovecot-by-chance", 1)

    def __enter__(self):
        (self.peer.folder).chmod(0o755)
        self.peer.__enter__()
        ports = (PORTS["imap"], self.peer.ports["imap"])
        self.ends = [imap.Connection(f"127.0.0.1:{port}", "u000", "pw") for port in ports]
        return self

    def __exit__(self, *error):
        self.peer.__exit__(*error)

    def ask(self, command, literal=None):
        """Each server's untagged answers and its verdict: OK, NO or BAD."""
        answers = [end.command(command, literal) for end in self.ends]
        return [(said[:-1], said[-1].split(b" ")[1]) for said in answers]

    def fill(self, chance, mailbox, count, encloses=True):
        for command in (b"DELETE ", b"CREATE "):
            self.ask(command + mailbox)
        for _ in range(count):
            flags = " ".join(chance.sample(chance_commands.FLAGS, chance.choice([0, 0, 1, 2])))
            date = f"{chance.randint(1, 28):02}-{chance.choice(chance_commands.MONTHS)}-{chance.choice([1999, 2002, 2020])}"
            head = b'APPEND %s (%s) "%s 12:00:00 +0000"' % (mailbox, flags.encode(), date.encode())
            verdicts = self.ask(head, Mail(chance, encloses).message())
            assert [verdict for _, verdict in verdicts] == [b"OK", b"OK"], verdicts
        self.ask(b"SELECT " + mailbox)


def expect_none(found, count):
    print(f"      {count} answers compared", flush=True)
    for what, ours, theirs in found[:10]:
        print(f"      {what}:\n        Martlet {ours}\n        theirs  {theirs}", flush=True)
    assert not found, f"{len(found)} differ"


def is_known(item, ours, theirs):
    """What a FETCH may tell otherwise: differences 3, 4 and 7 of docs/design/imap-differences.md."""
    if (ours or b"") == (theirs or b""):
        return True
    if "HEADER.FIELDS" in item and (ours, theirs) == (b"\r\n", b""):
        return True
    return ours is None and re.match(r"BODY\[[\d.]+(\.MIME)?\]", item) is not None


def test_messages(site):
    """ENVELOPE, BODYSTRUCTURE and sections of messages made by chance are Dovecot's"""
    chance, found, compared = random.Random(SEED), [], 0
    with Pair(site) as pair:
        pair.fill(chance, b"messages", 150)
        for number in range(1, 151):
            items = ["ENVELOPE", "BODYSTRUCTURE", "BODY", "RFC822.SIZE", "INTERNALDATE", *chance_commands.sections(chance)]
            command = b"FETCH %d (%s)" % (number, " ".join(items).encode())
            told = []
            for answers, verdict in pair.ask(command):
                assert verdict == b"OK", command
                values = {}
                for answer in answers:
                    if answer.startswith(b"* %d FETCH " % number):
                        values.update(imap.items(answer))
                told.append({name: value for name, (_, value) in values.items()})
            ours, theirs = told
            for name in sorted(set(ours) | set(theirs) - {"FLAGS"}):
                compared += 1
                left, right = ours.get(name), theirs.get(name)
                # A day of one digit follows a blank (RFC 9051 §9); Dovecot writes a zero.
                if name == "INTERNALDATE":
                    left, right = left.strip(), right.lstrip(b"0")
                if left != right and not is_known(name, left, right):
                    found.append((f"{number} {name}", left, right))
    expect_none(found, compared)


def numbers(answers):
    """What a SEARCH or ESEARCH found."""
    found = []
    for answer in answers:
        if answer.startswith(b"* SEARCH"):
            found += answer.split()[2:]
        elif answer.startswith(b"* ESEARCH"):
            found += sorted(re.findall(rb"(?:UID|MIN|MAX|COUNT|ALL)(?: [\d:,]+)?", answer.partition(b")")[2]))
    return found


def test_searches(site):
    """SEARCH by keys made by chance finds what Dovecot finds"""
    chance, found = random.Random(SEED), []
    with Pair(site) as pair:
        # BODY finds the headers of enclosed messages with Martlet only.
        pair.fill(chance, b"searches", 120, encloses=False)
        search = chance_commands.Search(chance, 120)
        for _ in range(600):
            command = search.command()
            ours, theirs = [(verdict, numbers(answers)) for answers, verdict in pair.ask(command)]
            if ours != theirs:
                found.append((command, ours, theirs))
    expect_none(found, 600)


# What each server may add.
UNASKED = {b"\\unmarked", b"\\marked", b"\\haschildren", b"\\hasnochildren"}


def names(answers):
    """What LIST, LSUB and STATUS told, without names that hold no messages: Dovecot keeps them when all below is gone."""
    told = []
    for answer in answers:
        if match := re.match(rb'\* (LIST|LSUB) \(([^)]*)\) "/" (.*)\r\n', answer, re.S):
            attributes = {one.lower() for one in match[2].split()} - UNASKED
            if not attributes & {b"\\noselect", b"\\nonexistent"}:
                told.append((match[1], imap.tree(match[3])[0], sorted(attributes)))
        elif match := re.match(rb"\* STATUS (.*)\r\n", answer, re.S):
            name, end = imap.tree(match[1])
            told.append((b"STATUS", name, imap.tree(match[1][end + 1:])[0]))
    return sorted(told, key=repr)


def is_kept_by_dovecot(pair, command):
    """Whether a command names a mailbox that is gone for all but Dovecot, which keeps the name that held others."""
    for name in re.findall(rb'"([^"]*)"', command):
        _, (theirs, _) = pair.ask(b'LIST "" "%s"' % name)
        if any(b"\\NoSelect" in answer or b"\\Noselect" in answer for answer in theirs):
            return True
    return False


def test_mailboxes(site):
    """CREATE, RENAME, DELETE and their like, and LIST by patterns made by chance, go as with Dovecot"""
    chance, found = random.Random(SEED), []
    commands = chance_commands.Mailboxes(chance)
    with Pair(site) as pair:
        for mailbox in (b"Archive", b"Drafts", b"Junk", b"Sent", b"Trash", b"INBOX"):
            pair.ask(b"UNSUBSCRIBE " + mailbox)
            pair.ask(b"DELETE " + mailbox)
        for number in range(500):
            command = commands.question() if number % 2 else commands.change()
            if command.startswith((b"DELETE", b"RENAME")) and is_kept_by_dovecot(pair, command):
                continue
            ours, theirs = [(verdict, names(answers)) for answers, verdict in pair.ask(command)]
            if ours != theirs:
                found.append((command, ours, theirs))
            # Dovecot subscribes to what there is only.
            if command.startswith(b"CREATE") and chance.random() < 0.5:
                pair.ask(b"SUBSCRIBE" + command[6:])
    expect_none(found, 500)


def popped(session, chance):
    """What POP3 tells: sizes, whole messages and their beginnings, and what is left after some were deleted."""
    count = session.stat()[0]
    told = [session.stat(), session.list()[1]]
    for number in range(1, count + 1):
        told += [session.retr(number)[1:], session.top(number, chance.choice([0, 1, 5, 1_000]))[1]]
    for number in chance.sample(range(1, count + 1), count // 3):
        session.dele(number)
    told += [session.stat(), session.list()[1]]
    session.rset()
    told.append(session.stat())
    session.quit()
    return told


def test_pop3(site):
    """POP3 gives messages made by chance as Dovecot gives them"""
    with Pair(site) as pair:
        pair.ask(b"SELECT INBOX")
        mail = Mail(random.Random(SEED))
        for _ in range(60):
            pair.ask(b"APPEND INBOX", mail.message())
        pair.ask(b"CLOSE")
        told = []
        for port in (PORTS["pop3"], pair.peer.ports["pop3"]):
            session = poplib.POP3("127.0.0.1", port)
            session.user("u000")
            session.pass_("pw")
            told.append(popped(session, random.Random(SEED)))
        ours, theirs = told
        assert len(ours) == len(theirs) > 120, (len(ours), len(theirs))
        found = [(f"answer {number}", *both) for number, both in enumerate(zip(ours, theirs)) if both[0] != both[1]]
    expect_none(found, len(ours))


def planned(report):
    if report.get("error"):
        return [("error",)]
    actions = []
    for action in report["actions"]:
        flags = tuple(sorted(flag.lower() for flag in action.get("flags") or []))
        actions.append(("store", action.get("mailbox") or "INBOX", flags))
    return actions


def shown(action):
    """`sieve-test` shows the beginning of long names."""
    return (action[0], action[1][:50], action[2]) if action[0] == "store" else action[:1]


def test_scripts(site):
    """Scripts made by chance plan what Pigeonhole plans"""
    chance, found = random.Random(SEED), []
    site.folder.chmod(0o755)
    folder = site.folder / "scripts-by-chance"
    (folder / "scripts").mkdir(parents=True)
    messages = []
    for number in range(12):
        messages.append(folder / f"{number}.eml")
        messages[-1].write_bytes(Mail(chance).message())
    peer = pigeonhole.Pigeonhole(folder, folder / "scripts", ["Archive"])
    for number in range(20):
        script = folder / "scripts" / f"{number}.sieve"
        script.write_text(Script(chance).make(15), newline="")
        done = subprocess.run(
            [site.program, "sieve", "test", "--json", "--from", SENDER, "--to", RECIPIENT, "--mailbox", "Archive", str(script),
             *map(str, messages)],
            stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"},
        )
        assert done.stdout, f"{script.read_text()}\nwas refused"
        for message, report in zip(messages, json.loads(done.stdout)):
            ours = sorted(map(shown, planned(report)))
            theirs = sorted(map(shown, peer.actions(script, message, SENDER, RECIPIENT)))
            if ours != theirs:
                found.append((f"{script.name} on {message.name}", ours, theirs))
    expect_none(found, 20 * 12)
