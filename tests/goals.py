"""`./run goals [ID …]`: every promise tried in full, each in a process of its own, a line for each.

A goal is a line in GOALS: its id, what is tried, the module below `tests` whose `main` tries it, the sizes that `main`
is called with, and how long it may take at most. `main` gives back what it saw, in one line, and raises AssertionError
if the promise is broken. The tests call the same functions with small sizes.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from fuzz.targets import NAMES


class Goal(NamedTuple):
    """One promise, how it is tried, and how often."""

    id: str
    tried: str
    module: str
    sizes: dict[str, int]
    seconds: int = 600


GOALS = (
    Goal("R1", "the server killed at random points of deliveries", "fault.kill", {"kills": 100}, 1800),
    Goal("R1C", "the server killed at random points while it collects", "fault.collected", {"kills": 100}, 1800),
    Goal("R1K", "commands that take calls in killed at random points", "fault.commands", {"kills": 100}, 3600),
    Goal("R2", "the power cut at random moments", "fault.powercut", {"images": 1000}, 1800),
    Goal("R3", "operations of the disk fail, once or for a while", "fault.ioerror", {"errors": 200}, 1800),
    Goal("R4", "the disk full in every place, then free again", "fault.fulldisk", {}, 600),
    Goal("R4Q", "no room for what a large question has to spill", "fault.spill", {}, 600),
    Goal("R5", "deliveries in any order, again and again", "fault.anyorder", {"deliveries": 100_000}, 3600),
    Goal("R6", "damaged files of every format", "fault.damage", {"variants": 50_000}, 3600),
    Goal("R7", "rotten calls", "fault.rot", {"cases": 200}, 1800),
    Goal("R10", "backups under load", "fault.backups", {"backups": 10}, 1200),
)

FUZZED = (
    Goal("F-damaged", "a file of each format damaged at every byte", "fuzz.damaged", {}),
    *(
        Goal(
            f"F-{name}",
            f"odd bytes given to {name}",
            "fuzz.atheris_run",
            {"target": at, "executions": 1_000_000},
            3 * 3600,  # foldings of whole calls do some two hundred inputs a second
        )
        for at, name in enumerate(NAMES)
    ),
)

BY_ID = {goal.id: goal for goal in GOALS + FUZZED}


def main():
    """Try the goals that are named, or all; exit code 0 only if every one was reached."""
    words = argparse.ArgumentParser(prog="./run goals", description=__doc__)
    words.add_argument("ids", nargs="*", metavar="ID", help="only these: " + ", ".join(BY_ID))
    words.add_argument("--seed", type=int, default=20201201, help="what chance starts from")
    words.add_argument("--json", type=Path, metavar="FILE", help="write the report there as well")
    words.add_argument("--here", action="store_true", help="try the one that is named in this process")
    said = words.parse_args()
    unknown = [id for id in said.ids if id not in BY_ID]
    if unknown:
        words.error(f"there is no goal {unknown[0]} - use {', '.join(BY_ID)}")
    wanted = [BY_ID[id] for id in said.ids] or list(BY_ID.values())
    if said.here:
        for goal in wanted:
            print(import_module(goal.module).main(**goal.sizes, seed=said.seed))
        return
    print(f"seed {said.seed}", flush=True)
    report = [tried(goal, said.seed) for goal in wanted]
    if said.json:
        said.json.write_text(json.dumps({"seed": said.seed, "goals": report}, indent=1) + "\n", "utf-8")
    sys.exit(not all(one["reached"] for one in report))


def tried(goal, seed):
    """Try one goal and print its line; if it is missed, also all output and how to try it again."""
    started = time.monotonic()
    command = [sys.executable, __file__, goal.id, "--here", "--seed", str(seed)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as running:
        try:
            out, err = running.communicate(timeout=goal.seconds)
            reached = running.returncode == 0
        except subprocess.TimeoutExpired:
            reached, out, err = False, "", f"not done after {goal.seconds} s"
        finally:
            with suppress(ProcessLookupError):  # it has ended, with all that it started
                os.killpg(running.pid, signal.SIGKILL)
    seconds = time.monotonic() - started
    saw = out.strip().splitlines()[-1] if reached and out.strip() else ""
    print(f"{goal.id:<4} {'reached' if reached else 'MISSED '} {seconds:6.0f} s  {goal.tried}: {saw}", flush=True)
    if not reached:
        print(out, err, f"again: ./run goals {goal.id} --here --seed {seed}", sep="\n", flush=True)
    return {"id": goal.id, "tried": goal.tried, "reached": reached, "seconds": round(seconds), "saw": saw}


if __name__ == "__main__":
    main()
