"""SPF, DKIM and DMARC of real messages as Martlet, pyspf, OpenDKIM and Mail::DMARC find them, on the same zones.

The messages are real, the zones are made for their senders: what the domains published then is gone. Every domain gets
one of many policies, right and wrong ones, by chance that is the same at each run. Who may differ from us, where and
why, stands in docs/design/sender-differences.md and in EXPECTED; any other difference fails.
"""

import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess

import dkim
import dns.resolver
import spf

from dkim_tools import make_key, opendkim, write_all
from site_under_test import ROOT, corpus, run, wait_for

MESSAGES = int(os.environ.get("VERDICT_MESSAGES", "500"))
SELECTOR, PORT = "probe", 20054
SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"
ADDRESSES = ["192.0.2.10", "192.0.2.200", "198.51.100.7", "203.0.113.9", "2001:db8::1"]

# What a domain publishes about its hosts; {d} is the domain. Each has the address records that are always there.
SPF_POLICIES = {
    "network": ["@ v=spf1 ip4:192.0.2.0/24 -all"],
    "hosts": ["@ v=spf1 a mx ~all"],
    "included": ["@ v=spf1 include:_spf.{d} ?all", "_spf v=spf1 ip4:192.0.2.10 -all"],
    "redirected": ["@ v=spf1 redirect=_spf.{d}", "_spf v=spf1 a:{d} ~all"],
    "redirected to nowhere": ["@ v=spf1 redirect=_none.{d}"],
    "macros": ["@ v=spf1 exists:%{{ir}}._x.%{{d}} -all"],
    "local part": ["@ v=spf1 exists:%{{l}}._user.{d} -all"],
    "none": [],
    "two": ["@ v=spf1 -all", "@ v=spf1 +all"],
    "wrong address": ["@ v=spf1 ip4:192.0.2.300 -all"],
    "includes nothing": ["@ v=spf1 include:_none.{d} -all"],
    "includes itself": ["@ v=spf1 include:{d} -all"],
    "unknown word": ["@ v=spf1 foo:bar -all"],
    "unknown modifier": ["@ v=spf1 foo=bar ip4:198.51.100.7 -all"],
    "IPv6": ["@ v=spf1 ip6:2001:db8::/32 -all"],
    "neighbours": ["@ v=spf1 a/24//64 -all"],
    "all": ["@ v=spf1 +all"],
    "empty": ["@ v=spf1"],
    "upper case": ["@ V=SPF1 IP4:192.0.2.10 -ALL"],
    "not ours": ["@ v=spf10 -all", "@ spf2.0/pra -all"],
    "names without addresses": ["@ v=spf1 a:_no1.{d} a:_no2.{d} a:_no3.{d} ip4:192.0.2.10 -all"],
    "many questions": ["@ v=spf1 " + " ".join(f"a:{n}.{{d}}" for n in "abcdefghijk") + " -all"],
    "no CIDR length": ["@ v=spf1 ip4:192.0.2.0/33 -all"],
    "explained": ["@ v=spf1 mx exp=_why.{d} -all", "_why not from %{{i}}"],
}
HOSTS = ["@ A 198.51.100.7", "@ AAAA 2001:db8::1", "@ MX 10 mail", "mail A 192.0.2.10", "10.2.0.192._x A 127.0.0.2"]
HOSTS += [f"{n} A 203.0.113.77" for n in "abcdefghijk"]

# What a domain asks for where From names it.
DMARC_POLICIES = {
    "none": [],
    "monitor": ["_dmarc v=DMARC1; p=none"],
    "reject": ["_dmarc v=DMARC1; p=reject"],
    "quarantine": ["_dmarc v=DMARC1; p=quarantine; sp=none"],
    "strict": ["_dmarc v=DMARC1; p=reject; adkim=s; aspf=s"],
    "two": ["_dmarc v=DMARC1; p=reject", "_dmarc v=DMARC1; p=none"],
    "not ours": ["_dmarc v=DMARC2; p=reject"],
    "spaces": ["_dmarc v = DMARC1 ; p = reject ; rua = mailto:a@{d}"],
    "unknown tag": ["_dmarc v=DMARC1; p=reject; x=y"],
}

# Peer, what differs (the policy, our verdict, theirs) and why; see docs/design/sender-differences.md.
EXPECTED = {
    # RFC 7489 §6.4: dmarc-version = "v" *WSP "=" *WSP %x44 %x4d … ; Mail::DMARC looks for "v=DMARC1" as it stands.
    ("dmarc", "spaces", "fail reject", "none none other"),
    ("dmarc", "spaces", "pass none", "none none other"),
    # RFC 7489 §6.6.3 step 5: of several records none counts, and DMARC is not applied.
    ("dmarc", "two", "none none", "fail none other"),
    # RFC 7489 §6.6.3 steps 2 and 3: a record of another version is as none, and the organization's is asked for.
    ("dmarc", "not ours", "fail reject", "none none other"),
}


class Sample:
    """A message with a sender, a host it comes from, and a signature that may be somebody else's or broken."""

    def __init__(self, message, chance, key):
        header = message.split(b"\r\n\r\n")[0].decode("latin-1")
        address = r"[\w.+=-]+@((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})"
        author = re.search(r"(?im)^From:[^\r]*?" + address, header)
        path = re.search(r"(?im)^Return-Path:\s*<(" + address + ")>", header)
        self.usable = bool(author) and header.lower().count("\nfrom:") + header.lower().startswith("from:") == 1
        if not self.usable:
            return
        self.author = author[1].lower()
        self.sender = path[1].lower() if path else f"x@{self.author}"
        if chance.random() < 0.5:
            self.sender = f"bounce@{self.author}"
        self.host = chance.choice(ADDRESSES)
        self.helo = f"mail.{self.sender.split('@')[1]}"
        self.signer = chance.choice([None, self.author, self.author, f"news.{self.author}", "esp.example.com"])
        self.text = message
        if self.signer:
            try:
                field = dkim.sign(
                    message, SELECTOR.encode(), self.signer.encode(), key.read_bytes(),
                    canonicalize=(b"relaxed", b"relaxed"), include_headers=[b"From", b"Subject", b"Date"],
                )
            except dkim.DKIMException:
                self.usable = False
                return
            self.text = field + message
            if chance.random() < 0.2:
                self.text += b"added on the way\r\n"

    @property
    def domain(self):
        return self.sender.split("@")[1]


class Zones:
    """nsd with a root zone that has everything, for the time of a `with` block."""

    def __init__(self, site, samples, record, chance):
        self.folder = site.folder / "verdicts"
        self.folder.mkdir()
        self.policies = {}
        lines = ["$ORIGIN .", "$TTL 60", ". SOA ns.test. h.test. 1 3600 600 86400 60", ". NS ns.test.", "ns.test. A 127.0.0.1"]
        names = sorted({s.author for s in samples} | {s.domain for s in samples})
        self.keys = {}
        for name in names:
            policy = (chance.choice(list(SPF_POLICIES)), chance.choice(list(DMARC_POLICIES)))
            self.policies[name] = policy
            for text in SPF_POLICIES[policy[0]] + DMARC_POLICIES[policy[1]]:
                label, _, value = text.format(d=name).partition(" ")
                lines.append(f"{self.full(label, name)} TXT {self.strings(value)}")
            for text in HOSTS:
                label, kind, value = text.split(" ", 2)
                lines.append(f"{self.full(label, name)} {kind} {value.replace('mail', f'mail.{name}.')}")
        for signer in sorted({s.signer for s in samples if s.signer}):
            lines.append(f"{SELECTOR}._domainkey.{signer}. TXT {self.strings(record)}")
            self.keys[f"{SELECTOR}._domainkey.{signer}"] = record
        (self.folder / "zone").write_text("\n".join(dict.fromkeys(lines)) + "\n")
        (self.folder / "conf").write_text(
            f"server:\n  ip-address: 127.0.0.1@{PORT}\n  username: \"\"\n  server-count: 1\n"
            f"  pidfile: \"{self.folder}/pid\"\n  zonelistfile: \"{self.folder}/list\"\n  xfrdfile: \"\"\n"
            f"  database: \"\"\n  zonesdir: \"{self.folder}\"\n  xfrdir: \"{self.folder}\"\n"
            f"remote-control:\n  control-enable: no\nzone:\n  name: \".\"\n  zonefile: \"zone\"\n"
        )

    @staticmethod
    def strings(text):
        return " ".join(f'"{text[start:start + 250]}"' for start in range(0, len(text), 250))

    @staticmethod
    def full(label, name):
        return f"{name}." if label == "@" else f"{label}.{name}."

    def __enter__(self):
        run([shutil.which("nsd-checkzone") or "/usr/sbin/nsd-checkzone", ".", str(self.folder / "zone")])
        program = shutil.which("nsd") or "/usr/sbin/nsd"
        self.process = subprocess.Popen([program, "-d", "-c", str(self.folder / "conf")], stderr=subprocess.DEVNULL)
        question = ["/usr/bin/drill", "-p", str(PORT), "@127.0.0.1", "ns.test", "A"]
        wait_for(lambda: "rcode: NOERROR" in run(question, check=False), "the name server")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def ask_martlet(site, sample):
    told = subprocess.run(
        [site.program, "auth", "all", "-", "--ip", sample.host, "--mail-from", sample.sender, "--helo", sample.helo,
         "--dns", f"127.0.0.1:{PORT}", "--public-suffix-list", SUFFIXES, "--json"],
        input=sample.text, stdout=subprocess.PIPE,
    ).stdout
    return json.loads(told)


def ask_pyspf(sample):
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], PORT
    dns.resolver.default_resolver = resolver
    return spf.check2(i=sample.host, s=sample.sender, h=sample.helo)[0]


def ask_opendkim(site, samples, zones):
    keys = site.folder / "verdict-keys"
    keys.write_text("".join(f"{name} {record}\n" for name, record in zones.keys.items()))
    paths = write_all(site, "verdict-messages", [s.text for s in samples])
    told = run([opendkim(site), "verify", str(keys), *paths], timeout=600).splitlines()
    return [line.split("\t")[1] == "pass" for line in told]


def ask_mail_dmarc(claims):
    text = "".join("\t".join(claim) + "\n" for claim in claims)
    return [
        line.split("\t") for line in run(
            ["perl", str(ROOT / "Interop/dkim/mail-dmarc.pl"), str(PORT)], input=text, timeout=600
        ).splitlines()
    ]


def explain(differences):
    """Those that are not expected, each kind once with an example."""
    found = collections.defaultdict(list)
    for kind, sample in differences:
        if kind not in EXPECTED:
            found[kind].append(f"{sample.sender} From {sample.author} signed by {sample.signer} at {sample.host}")
    return "".join(f"\n{kind}: {len(examples)}, as {examples[0]}" for kind, examples in sorted(found.items()))


def test_verdicts(site):
    """SPF, DKIM and DMARC come out as at pyspf, OpenDKIM and Mail::DMARC"""
    chance = random.Random(7208)
    key, record = make_key(site, "rsa")
    real = [message for _, message in corpus()]
    samples = [s for s in (Sample(m, chance, key) for m in chance.sample(real, min(len(real), MESSAGES * 2))) if s.usable]
    samples = samples[:MESSAGES]
    assert len(samples) == MESSAGES, len(samples)
    with Zones(site, samples, record, chance) as zones:
        ours = [ask_martlet(site, sample) for sample in samples]
        verified = ask_opendkim(site, samples, zones)
        claims, differences = [], []
        for sample, found, is_verified in zip(samples, ours, verified):
            theirs = ask_pyspf(sample)
            if theirs != found["spf"]["verdict"]:
                differences.append((("spf", zones.policies[sample.domain][0], found["spf"]["verdict"], theirs), sample))
            signers = [check["domain"] for check in found["dkim"] if check["verdict"] == "pass"]
            if bool(signers) != is_verified:
                differences.append((("dkim", "", str(bool(signers)), str(is_verified)), sample))
            claims.append([sample.author, sample.domain, found["spf"]["verdict"], *signers])
        for sample, found, theirs in zip(samples, ours, ask_mail_dmarc(claims)):
            verdict = found["dmarc"]["verdict"]
            mine = verdict if verdict in ("pass", "none") else "fail"
            wish = found["dmarc"]["disposition"]
            if [mine, wish] != theirs[:2]:
                kind = ("dmarc", zones.policies[sample.author][1], f"{verdict} {wish}", " ".join(theirs))
                differences.append((kind, sample))
    kinds = collections.Counter(found["spf"]["verdict"] for found in ours)
    assert len(kinds) >= 6, kinds
    unexpected = explain(differences)
    assert not unexpected, unexpected
