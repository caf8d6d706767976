"""dkimverify.py NAME RECORD MESSAGE RUNS: dkimpy verifies a message again and again, its key answered from memory.

Prints {"runs":…,"cpu":…,"seconds":…,"result":…}.
"""

import json
import sys
import time

import dkim


def main():
    _, record, path, runs = sys.argv[1:]
    with open(path, "rb") as file:
        text = file.read()

    def look_up(_, timeout=None):
        return record.encode()

    for _ in range(int(runs) // 20 + 1):
        is_good = dkim.verify(text, dnsfunc=look_up)
    cpu, wall = time.process_time(), time.monotonic()
    for _ in range(int(runs)):
        is_good = dkim.verify(text, dnsfunc=look_up)
    print(json.dumps({"runs": int(runs), "cpu": time.process_time() - cpu, "seconds": time.monotonic() - wall,
                      "result": "pass" if is_good else "fail"}).replace(" ", ""))


sys.exit(main())
