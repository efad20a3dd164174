"""`make bench`: take every measure and write docs/benchmarks.md.

`python -m tests.benchmarks users` takes one and only prints it.
"""

import importlib
import os
import subprocess
import sys

from tests.benchmarks.report import conditions, table, write

# first_page first: it wants a machine on which nothing of ours runs yet.
MEASURES = ("first_page", "memory", "forward", "users", "explorer")


def main(chosen: list[str]) -> None:
    """Measure, each subject in a process of its own so that none warms the next."""
    if len(chosen) == 1:
        for row in importlib.import_module(f"tests.benchmarks.{chosen[0]}").measure():
            print(row, flush=True)
        return
    load_before = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    rows: list[str] = []
    for measure in MEASURES:
        done = subprocess.run([sys.executable, "-m", "tests.benchmarks", measure], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{measure} failed; docs/benchmarks.md was left as it was")
        print(done.stdout, end="", flush=True)
        rows += [line for line in done.stdout.splitlines() if line.startswith("| ")]
    write(f"{conditions(load_before)}\n\n{table(rows)}")


if __name__ == "__main__":
    main(sys.argv[1:])
