"""Work done in a loop, without a server: Martlet's `rates` and programs around the peers' own libraries.

The programs are in libraries/, built where they are needed with the headers of dovecot-dev and libopendkim-dev.
"""

import json
import os
import pathlib
import subprocess

from servers import ROOT, ServerFailure

SOURCES = pathlib.Path(__file__).resolve().parent / "libraries"
RATES = os.environ.get("RATES", str(ROOT / ".build/release/rates"))
WORDS = ("harbour ", "letter ", "window ", "seven ", "report ", "garden ", "maybe ", "stone ")

# As long as a header that has come over two hosts; the load's own messages have less.
HEADER = """\
Return-Path: <load@sender.test>
Delivered-To: u000@martlet.test
Received: from mail.sender.test (mail.sender.test [192.0.2.10])
\tby mx.martlet.test with ESMTPS id 01J9ZQ4R6T8V for <u000@martlet.test>;
\tTue, 3 Nov 2026 10:15:30 +0000
Received: from [10.0.0.7] (dsl-7.sender.test [198.51.100.7])
\tby mail.sender.test with ESMTPSA id 4XabcD1234z9; Tue, 3 Nov 2026 10:15:29 +0000
Authentication-Results: mx.martlet.test; spf=pass smtp.mailfrom=load@sender.test;
\tdkim=pass header.d=sender.test; dmarc=pass header.from=sender.test
From: Load <load@sender.test>
To: "Someone, of many" <u000@martlet.test>
Subject: load 17
Date: Tue, 3 Nov 2026 10:15:30 +0000
Message-ID: <17.4711.1800000000@sender.test>
User-Agent: Load/1.0
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

"""


def message(octets):
    """A message of this size: a header of the usual length, then lines of words, the same at each run."""
    lines, state = [HEADER.replace("\n", "\r\n")], 1
    size = len(lines[0])
    while size < octets:
        line = ""
        while len(line) < 64:
            state = (state * 1664525 + 1013904223) % (1 << 32)
            line += WORDS[state >> 29]
        lines.append(line + "\r\n")
        size += len(lines[-1])
    return "".join(lines).encode()[:octets - 2] + b"\r\n"


def build(folder, source, *options):
    """Compiles a program of libraries/, or of another folder, into this one."""
    program = pathlib.Path(folder) / pathlib.Path(source).stem
    subprocess.run(["gcc", "-O2", "-Wall", "-o", program, SOURCES / source, *options], check=True)
    return str(program)


class Library:
    """Stands where rows have a server: prepare() makes it ready, and command(what, runs) is what does the work."""

    def __init__(self, name, command, environment=None, prepare=lambda: None):
        self.name, self.command, self.prepare = name, command, prepare
        self.environment = environment or (lambda runs: {})

    def start(self):
        self.prepare()

    def stop(self):
        pass

    def restart(self):
        pass

    def run(self, what, runs, expected):
        """Runs for a second, and for a second of one core; its own warming up is not counted."""
        done = subprocess.run(self.command(what, runs), capture_output=True, text=True,
                              env={**os.environ, **self.environment(runs)})
        text = done.stdout + done.stderr
        line = next((line for line in text.splitlines() if line.startswith('{"runs"')), None)
        if done.returncode or line is None or expected not in text:
            raise ServerFailure(f"{self.name} did not come to '{expected}': {text.strip()[-500:]}")
        numbers = json.loads(line)
        return {"per_cpu": numbers["runs"] / numbers["cpu"], "per_second": numbers["runs"] / numbers["seconds"],
                "cpu_us": numbers["cpu"] / numbers["runs"] * 1e6}
