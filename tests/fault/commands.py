"""Commands that take calls in, or away, are killed at random points and run again, beside a server or not."""

import contextlib
import random
import subprocess
import tempfile
import time
from pathlib import Path

from cli.office import DECEMBER, calls, row
from cli.terminal import Terminal
from fault.collected import PEOPLE, WAYS, Pbx, counted, has_all

LOADED = "a4" * 12
"""The customer of the file that is loaded whole, again and again."""

MISTAKEN = "b4" * 12
"""The customer who is given that file by mistake, and rid of it, in any order."""

NAMES = {LOADED: "loaded", MISTAKEN: "mistaken"}

EVERYBODY = {
    "customers": [
        *PEOPLE["customers"],
        *({"_id": one, "name": name, "timezone": "Europe/Copenhagen"} for one, name in NAMES.items()),
    ],
    "extensions": [*PEOPLE["extensions"], *({"customer": one, "number": "101"} for one in NAMES)],
}
COMMANDS = {
    "file": ("follow", "Master.csv"),
    "folder": ("follow", "drop", "--done", "done"),
    "table": ("poll", "sqlite:///master.db"),
}


LIVES = (2.0, 6.0, 16.0)
"""In seconds: killed while it starts, while it takes in, and late enough for a folder's files to have settled."""


def says(customer):
    return "--source", "asterisk", "--customer", customer


LOAD = ("load", "whole.csv", *says(LOADED), "--trunk", "4599")
MISLOAD = ("load", "whole.csv", *says(MISTAKEN))
UNLOAD = ("unload", "whole.csv", *says(MISTAKEN))


def main(kills, seed):
    """Kill each command that many times, and say how many calls they took in."""
    with tempfile.TemporaryDirectory() as folder:
        taken, rows = kill_again_and_again(Path(folder), kills, seed)
    return f"{kills} kills of each, {taken} calls of a file, a folder and a table, {rows} loaded, none lost, none twice"


def kill_again_and_again(folder, kills, seed, rows=20_000):
    """The commands' lives, one after another on the same data; how many calls each of them had in the end."""
    dice, office = random.Random(seed), Terminal(folder)
    office.does("people", "import", office.write("people.json", EVERYBODY))
    office.write("whole.csv", [*calls_of(rows), b"half,a,row\n"])
    office.does("load", office.write("before.csv", calls_of(100)), *says(LOADED))  # before the trunk was named as one
    pbx = Pbx(folder, random.Random(seed + 1), longest_pause_seconds=0.3)
    with collecting(office):
        has_all(office, pbx)  # a file renamed before the first look at it is not the collector's
    with pbx:
        for _ in range(kills):
            beside = office.server(stderr=subprocess.DEVNULL) if dice.random() < 0.5 else contextlib.nullcontext()
            with beside, collecting(office), killed(office, *LOAD), killed(office, *dice.choice((MISLOAD, UNLOAD))):
                time.sleep(dice.uniform(0.5, dice.choice(LIVES)))
            assert max((found := counted(office)).values()) <= pbx.written, found
    with office.server(stderr=subprocess.DEVNULL), collecting(office):
        has_all(office, pbx)
    check_unload(office, rows)
    check_load(office, rows)
    assert office.does("verify").endswith("no problems found\n")
    return pbx.written, rows


@contextlib.contextmanager
def collecting(office):
    """All collecting commands at once; killed in the end."""
    started = [
        office.start(*words, "--every", "0.05", *says(WAYS[way]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for way, words in COMMANDS.items()
    ]
    try:
        yield
    finally:
        for one in started:
            one.kill()
            one.wait()


@contextlib.contextmanager
def killed(office, *words):
    """A command, killed in the end."""
    with office.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:
        yield
        one.kill()


def check_load(office, rows):
    """The same command, left to finish: every row is kept now or was known, and the invalid one is reported."""
    done = office.process(*LOAD)
    words = done.out.splitlines()[0].split()
    kept, known = int(words[5]), int(words[8])
    assert words[-2:] == ["rejected", "1"] and kept + known == rows, done
    assert calls(office.ask(customer=LOADED, **DECEMBER, includeUnassigned=True)) == {"101": (rows, 0)}
    assert office.does("rejected").count("half,a,row") == 1
    assert f"kept 0 + known {rows} " in office.process(*LOAD).out


def check_unload(office, rows):
    """Left to finish, nothing of the file is there, and its next load is its first; a second run finds nothing."""
    asked = {"customer": MISTAKEN, **DECEMBER, "includeUnassigned": True}
    office.does(*UNLOAD)
    assert calls(office.ask(**asked)) == {}
    assert f"kept {rows} + known 0 " in office.process(*MISLOAD).out
    assert calls(office.ask(**asked))["101"] == (rows, 0)
    assert f"removed {rows} + not found 0 " in office.does(*UNLOAD)
    assert f"removed 0 + not found {rows} " in office.does(*UNLOAD)
    assert calls(office.ask(**asked)) == {}


def calls_of(rows):
    """Calls on days of their own, each in its own second, through a trunk that looks like an extension."""
    for number in range(rows):
        hour, second = divmod(number, 3600)
        yield row(f"{hour // 24 + 10:02} {hour % 24:02}:{second // 60:02}:{second % 60:02}", "101", "4599")
