"""What a server costs: CPU seconds and memory of its whole process tree, read from /proc."""

import os
import time

TICKS = os.sysconf("SC_CLK_TCK")

# Fields of /proc/PID/stat behind the command's name.
PARENT, USER, SYSTEM, REAPED_USER, REAPED_SYSTEM, STARTED = 1, 11, 12, 13, 14, 19


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def tree(roots):
    """{pid: its stat fields} of the roots and all that descend from them."""
    stats, children = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stats[int(name)] = fields = _stat(name)
            except OSError:
                continue  # It ended since it was listed.
            children.setdefault(int(fields[PARENT]), []).append(int(name))
    found, waiting = {}, [pid for pid in roots if pid in stats]
    while waiting:
        pid = waiting.pop()
        found[pid] = stats[pid]
        waiting += children.get(pid, [])
    return found


def cpu_seconds(roots):
    """User and system time of the tree so far, that of children already reaped included."""
    times = (USER, SYSTEM, REAPED_USER, REAPED_SYSTEM)
    return sum(int(fields[time]) for fields in tree(roots).values() for time in times) / TICKS


def memory(roots):
    """PSS of the tree in octets: shared pages are counted once, by their share."""
    total = 0
    for pid in tree(roots):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # It ended since it was listed, or is a zombie.
    return total * 1024


def machine_seconds():
    """CPU time that anybody on this machine has used: user, nice, system, interrupts."""
    with open("/proc/stat") as file:
        fields = [int(text) for text in file.readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICKS


def wait_until_quiet(server, longest=15.0):
    """Waits until the server does nothing any more, not even what it put off."""
    window, deadline = 0.4, time.monotonic() + longest
    now = cpu_seconds(server.roots)
    while time.monotonic() < deadline:
        before = now
        time.sleep(window)
        now = cpu_seconds(server.roots)
        if now - before <= 1 / TICKS:
            return


class Measured:
    """A `with` block around work for a server: afterwards .seconds, .cpu, and .elsewhere.

    What the server does after its last answer, until it is quiet, belongs to the work and is counted in .cpu, not in
    .seconds. .elsewhere is how many cores others than the servers and the load kept busy: when it is not near 0 the
    sample says little.
    """

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        # What the server before left for the disk to do later is not this one's.
        os.sync()
        wait_until_quiet(self.server)
        self._machine, self._ours = machine_seconds(), cpu_seconds([os.getpid()])
        self._cpu = cpu_seconds(self.server.roots)
        self.started = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.started
        wait_until_quiet(self.server)
        self.cpu = cpu_seconds(self.server.roots) - self._cpu
        ours = cpu_seconds([os.getpid()]) - self._ours
        others = machine_seconds() - self._machine - ours
        self.elsewhere = max(0.0, others / (time.monotonic() - self.started))

    def rates(self, count, seconds=None):
        """The two figures of most rows: how many a second, and how many for a second of CPU time."""
        return {
            "per_second": count / (seconds or self.seconds),
            "per_cpu": count / self.cpu if self.cpu > 0 else None,
            "elsewhere": self.elsewhere,
        }
