"""Rows, their figures, and the table they end in."""

import collections
import contextlib
import dataclasses
import json
import statistics
import time
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a row, and what Martlet shall at least and would like to reach.

    kind says what is compared: "rate" Martlet's over the peer's, more is better; "time" the peer's over Martlet's, more
    is better; "size" Martlet's over the peer's, less is better; "limit" the number itself, less is better.
    """

    key: str
    unit: str
    kind: str
    bar: float | None = None
    aim: float | None = None

    def compare(self, ours, theirs):
        if self.kind == "limit":
            return ours
        if not ours or not theirs:
            return None
        return theirs / ours if self.kind == "time" else ours / theirs

    def meets(self, value, goal):
        return value >= goal if self.kind in ("rate", "time") else value <= goal

    def verdict(self, value):
        if value is None or self.bar is None:
            return ""
        if self.aim is not None and self.meets(value, self.aim):
            return "aim"
        return "bar" if self.meets(value, self.bar) else "**missed**"

    def write_goal(self, goal):
        if goal is None:
            return ""
        if self.kind == "limit":
            return f"≤ {number(goal)}"
        return f"{number(goal)} ×" if self.kind != "size" else f"≤ {number(goal)} ×"


def rates(bar_cpu, aim_cpu, bar_second=None, aim_second=None, what="messages"):
    """The figures of a row that counts work: for a second of CPU time, and a second."""
    return (
        Figure("per_cpu", f"{what} per CPU-second", "rate", bar_cpu, aim_cpu),
        Figure("per_second", f"{what} per second", "rate", bar_second or bar_cpu, aim_second or aim_cpu),
    )


@dataclasses.dataclass(frozen=True)
class Row:
    """Work done by Martlet and by a peer; run(server, bench) gives {figure key: number} and whatever else it saw."""

    key: str
    work: str
    peer: str
    figures: tuple
    run: Callable


@dataclasses.dataclass(frozen=True)
class Group:
    """Rows that share running servers; site(bench) is a context that gives {name: server}, all filled and warm."""

    rows: tuple
    site: Callable


class Results:
    """Every sample, in memory and as a line of JSON."""

    def __init__(self, path):
        self.path = path
        self.samples = collections.defaultdict(list)
        self.begun = time.strftime("%Y-%m-%dT%H:%M:%S")

    def add(self, row, server, round_number, numbers):
        with contextlib.suppress(OSError):
            numbers = {**numbers, "load": float(open("/proc/loadavg").read().split()[0])}
        self.samples[row.key, server].append(numbers)
        record = {"run": self.begun, "row": row.key, "server": server, "round": round_number, **numbers}
        with open(self.path, "a") as file:
            file.write(json.dumps(record) + "\n")

    def median(self, row, server, key):
        values = self._values(row, server, key)
        return statistics.median(values) if values else None

    def spread(self, row, server, key):
        values = self._values(row, server, key)
        if not values:
            return "–"
        middle = number(statistics.median(values))
        return middle if len(values) == 1 else f"{middle} ({number(min(values))}–{number(max(values))})"

    def _values(self, row, server, key):
        return [sample[key] for sample in self.samples[row.key, server] if sample.get(key) is not None]

    def elsewhere(self):
        """A sentence on how much else the machine did."""
        cores = [sample["elsewhere"] for some in self.samples.values() for sample in some if "elsewhere" in sample]
        if not cores:
            return ""
        return (f"Other processes kept {number(statistics.median(cores))} cores busy during the median sample, "
                f"{number(max(cores))} during the worst.")

    def table(self, rows, servers, is_trial):
        """Markdown: a line a figure. servers names what the peers were called. A trial's numbers decide nothing."""
        lines = ["| work | figure | Martlet | peer | ratio | at least | aim | reached |", "|---" * 8 + "|"]
        for row in rows:
            for figure in row.figures:
                ours, theirs = (self.median(row, name, figure.key) for name in ("martlet", row.peer))
                value = figure.compare(ours, theirs) if ours is not None else None
                ratio = "" if value is None or figure.kind == "limit" else f"{number(value)} ×"
                peer = f"{servers.get(row.peer, row.peer)} {self.spread(row, row.peer, figure.key)}"
                verdict = "" if is_trial else figure.verdict(value)
                lines.append(
                    f"| {row.work} | {figure.unit} | {self.spread(row, 'martlet', figure.key)} | {peer} | {ratio} "
                    f"| {figure.write_goal(figure.bar)} | {figure.write_goal(figure.aim)} | {verdict} |"
                )
        return "\n".join(lines)


def number(value):
    """Three digits that matter, or all of a larger number's."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
