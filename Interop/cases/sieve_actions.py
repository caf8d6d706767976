"""Scripts on real messages: Martlet plans the same actions as Pigeonhole's `sieve-test`, or a reason is written here."""

import collections
import concurrent.futures
import json
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import os

import pigeonhole
from site_under_test import ROOT, Skip, corpus

SCRIPTS = ROOT / "Interop/sieve/scripts"
SENDER, RECIPIENT = "bob@sender.example", "alice@martlet.test"
MAILBOXES = ["Archive"]

IMPLICIT_KEEP = [("store", "INBOX", (), True)]


def mailbox(actions):
    return actions[0][1] if actions and actions[0][0] == "store" else ""


# Pairs that differ: the script's number, a test of what both plan, the number in docs/design/sieve-differences.md.
EXPECTED = [
    ("015", lambda ours, theirs: mailbox(ours) == "None" and theirs == IMPLICIT_KEEP, 13),
    ("034", lambda ours, theirs: mailbox(ours) in ("INBOX", "Reply") and mailbox(theirs) == "LongName", 14),
    ("046", lambda ours, theirs: mailbox(ours).split()[0] == mailbox(theirs).split()[1], 15),
    ("060", lambda ours, theirs: ours == IMPLICIT_KEEP and mailbox(theirs) == "Charset/", 16),
    ("061", lambda ours, theirs: mailbox(ours) == "Disposed" and mailbox(theirs) == "Typed", 17),
    ("0", lambda ours, theirs: "\ufffd" in repr(theirs), 18),
    ("07", lambda ours, theirs: ours != [("error",)] and theirs in ([("error",)], ([], [])), 19),
    ("073", lambda ours, theirs: "('', '')" in repr(theirs), 19),
    ("092", lambda ours, theirs: len(ours) == 2 and len(theirs) == 3, 20),
    ("094", lambda ours, theirs: "\\seen" in repr(ours) and "\\seen" not in repr(theirs), 21),
    ("097", lambda ours, theirs: mailbox(ours) == "During MDA" and mailbox(theirs) == "Named", 9),
]

# Messages that are not as they should be, from the MIME fixtures.
FIXTURES = [
    "german.msg", "russian.msg", "hdr-fakeout.msg", "infinite.msg", "intl.msg", "badbound.msg", "multi-nested.msg",
    "malformedHeader-noheader.msg", "malformedHeaderStartsBody-nocrlfcrlf.msg", "mp-msg-rfc822.msg", "obsolete.msg",
    "basic-plain-with-bad-header-separator.msg", "attachment-filename-encoding-Latin1.msg", "missing-boundary.msg",
    "multipartdigestnestedemptyparts.msg",
]


def kinds():
    """How many real messages of which kind; each is looked for in the header, the last ones in all of it."""
    def has(pattern):
        return lambda header, body: re.search(pattern, header, re.I | re.M)
    return [
        (6, has(rb"^List-Id:")), (5, lambda header, body: b"spam-1" in header[:20]),
        (3, has(rb"^Content-Type: multipart/alternative")), (3, has(rb"^Content-Type: multipart/mixed")),
        (2, has(rb"^Content-Type: multipart/signed")), (3, has(rb"^Subject: .*=\?")), (2, has(rb"[\x80-\xff]")),
        (2, has(rb"^X-Priority: [12]")), (2, lambda header, body: not re.search(rb"^MIME-Version:", header, re.I | re.M)),
        (2, lambda header, body: not re.search(rb"^To:", header, re.I | re.M)), (1, lambda header, body: len(body) > 60_000),
        (2, has(rb"^(To|Cc):([^,]+,){3}")), (2, lambda header, body: re.search(rb"^Content-Disposition: attach", body, re.I | re.M)),
    ]


def messages():
    """Fifty messages by name, the same at each run."""
    chosen = {}
    everything = corpus()
    source = random.Random(5228)
    source.shuffle(everything)
    for count, is_wanted in kinds():
        for name, message in everything:
            header, _, body = message.partition(b"\r\n\r\n")
            if count and name not in chosen and is_wanted(name.encode() + b"\r\n" + header, body):
                chosen[name] = message
                count -= 1
    archive = pathlib.Path(os.environ.get("MARTLET_CORPUS", ROOT.parent / "shared" / "corpus")) / "mime-fixtures.tar.xz"
    if not archive.exists():
        raise Skip(f"no {archive}")
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = pathlib.PurePath(member.name).name
            if name in FIXTURES:
                raw = tar.extractfile(member).read().replace(b"\r\n", b"\n").replace(b"\r", b"")
                chosen[name] = raw.replace(b"\n", b"\r\n")
    assert len(chosen) == 50, len(chosen)
    return {name.replace("/", "-"): message for name, message in chosen.items()}


class Bench:
    """The messages and scripts in the case's folder, and both programs."""

    def __init__(self, site):
        self.site, self.folder = site, site.folder / "sieve"
        # Pigeonhole does not work as root.
        site.folder.chmod(0o755)
        self.messages = messages()
        (self.folder / "messages").mkdir(parents=True, exist_ok=True)
        for name, message in self.messages.items():
            (self.folder / "messages" / name).write_bytes(message)
        shutil.copytree(SCRIPTS, self.folder / "scripts", dirs_exist_ok=True)
        self.scripts = sorted((self.folder / "scripts").glob("[0-9]*.sieve"))
        self.pigeonhole = pigeonhole.Pigeonhole(self.folder, self.folder / "scripts", MAILBOXES)

    def envelope(self, script):
        """A script may say in its first lines how its messages came."""
        told = dict(re.findall(r"^# (from|to): (.*)$", script.read_text(), re.M))
        return told.get("from", SENDER), told.get("to", RECIPIENT)

    def reports(self, script, names=None):
        """What Martlet would do, by message."""
        sender, recipient = self.envelope(script)
        names = names or list(self.messages)
        command = [
            self.site.program, "sieve", "test", "--json", "--from", sender, "--to", recipient,
            "--spam-header", "X-Priority: ([0-9])", "--spam-score-max", "5", str(script),
            *[str(self.folder / "messages" / name) for name in names],
        ]
        for mailbox in MAILBOXES:
            command += ["--mailbox", mailbox]
        done = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"})
        assert done.stdout, f"{script.name} was refused"
        return dict(zip(names, json.loads(done.stdout)))


def planned(report):
    """A report's actions in the form of Pigeonhole.actions."""
    if report.get("error"):
        return [("error",)]
    actions = []
    for action in report["actions"]:
        flags = tuple(sorted(flag.lower() for flag in action.get("flags") or []))
        match action["name"]:
            case "keep": actions.append(("store", "INBOX", flags, action["isImplicit"]))
            case "fileinto": actions.append(("store", action["mailbox"], flags, False))
            case "redirect": actions.append(("redirect", action["addresses"][0].lower()))
            case "reject": actions.append(("reject", " ".join(action["reason"].split())))
            case "vacation" | "discard": actions.append((action["name"],))
            case "notify": actions.append(notification(action))
    return actions


def notification(action):
    subject = pigeonhole.answer(action["message"].encode())[2] if action.get("message") else ""
    return ("notify", subject.strip(), frozenset(address.lower() for address in action.get("addresses") or []))


def reason(script, ours, theirs):
    """The number of the difference that is known; None for a new one."""
    return next((number for name, holds, number in EXPECTED if script.name.startswith(name) and holds(ours, theirs)), None)


def judge(differences):
    """Fails upon differences that nobody explained."""
    new = [item for item in differences if reason(item[0], item[2], item[3]) is None]
    for script, name, ours, theirs in new:
        print(f"      {script.name} on {name}:\n        Martlet    {ours}\n        Pigeonhole {theirs}", flush=True)
    known = collections.Counter(reason(item[0], item[2], item[3]) for item in differences)
    print(f"      {len(differences)} differ, by reason: {dict(known)}", flush=True)
    assert not new, f"{len(new)} pairs differ without a reason"


def test_actions(site):
    """100 scripts on 50 messages each plan what Pigeonhole plans"""
    bench = Bench(site)
    assert len(bench.scripts) == 100, len(bench.scripts)
    differences = []

    def compare(script):
        ours = bench.reports(script)
        sender, recipient = bench.envelope(script)
        for name in bench.messages:
            message = bench.folder / "messages" / name
            theirs = bench.pigeonhole.actions(script, message, sender, recipient)
            mine = planned(ours[name])
            # Without :message the subject is the server's own, which Pigeonhole does not tell.
            if any(action[:2] == ("notify", "") for action in theirs):
                mine = [("notify", "", *action[2:]) if action[0] == "notify" else action for action in mine]
            if sorted(mine, key=repr) != sorted(theirs, key=repr):
                differences.append((script, name, mine, theirs))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compare, bench.scripts))
    print(f"      {len(bench.scripts) * len(bench.messages)} pairs", flush=True)
    judge(sorted(differences, key=lambda item: (item[0].name, item[1])))


def edits(report):
    """The fields that were added and deleted before each copy was stored: mailbox, added, deleted."""
    added, deleted, copies = [], [], []
    for action in report["actions"]:
        if match := re.match(r'(?:add|delete)header "([^"]*)": (.*)', action["text"], re.S):
            field = (match[1].lower(), pigeonhole.readable(match[2]))
            mine, other = (added, deleted) if action["name"] == "addheader" else (deleted, added)
            other.remove(field) if field in other else mine.append(field)
        elif action["name"] in ("keep", "fileinto"):
            copies.append((action["mailbox"], sorted(added), sorted(deleted)))
    return copies


def changes(original, stored):
    old, new = pigeonhole.fields(original), pigeonhole.fields(stored)
    added = list(new)
    deleted = [field for field in old if not (field in added and not added.remove(field))]
    return sorted(added), sorted(deleted)


def test_results(site):
    """Scripts that edit headers or answer leave the same messages behind when they are carried out"""
    bench = Bench(site)
    differences, pairs = [], 0
    for script in bench.scripts:
        if "# execute" not in script.read_text():
            continue
        reports = bench.reports(script)
        sender, recipient = bench.envelope(script)
        for name, message in bench.messages.items():
            pairs += 1
            stored, sent = bench.pigeonhole.execute(script, bench.folder / "messages" / name, sender, recipient)
            report = reports[name]
            mine = (
                sorted(edits(report)),
                [pigeonhole.answer(a["message"].encode()) for a in report["actions"] if a.get("message")],
            )
            theirs = (
                sorted((mailbox, *changes(message, copy)) for mailbox, copy in stored),
                [pigeonhole.answer(copy) for copy in sent],
            )
            if mine != theirs:
                differences.append((script, name, mine, theirs))
    print(f"      {pairs} pairs carried out", flush=True)
    judge(differences)
