"""The file of calls rots: bits flip, pages are zeroed, the file or its log is truncated or gone.

Either it does not matter, or it is noticed (nothing starts, or `verify` says so) and `rebuild` makes the calls anew
from the journal. Calls that `verify` finds right never give a wrong number.
"""

import random
import shutil
import subprocess
from pathlib import Path

from cli.terminal import Terminal
from fault import disk
from fault.anyorder import tallied
from fault.desk import Desk, nth_row
from pbxtally.errors import FolderError
from pbxtally.intake import derive_changed_numbers

ROWS = 2_000


def main(cases, seed):
    """Spoil the calls that many times."""
    with disk.scratch() as folder:
        seen = spoil_again_and_again(Path(folder), cases, seed)
    return f"{cases} times spoilt: {seen[0]} did not matter, {seen[1]} were noticed and made anew; no wrong number"


def spoil_again_and_again(folder, cases, seed):
    """How often it did not matter, and how often it was noticed; after either the numbers are right."""
    dice, whole = random.Random(seed), folder / "whole"
    wanted = made(whole)
    harmless = noticed = 0
    for case in range(cases):
        office = Terminal(folder)
        shutil.rmtree(office.data, ignore_errors=True)
        shutil.copytree(whole, office.data)
        how = spoil(office.data, dice)
        try:
            if office.run("verify").code == 0 and started(office.data) == wanted:
                harmless += 1
                continue
            assert office.run("verify").code != 0, "a wrong number that verify does not see"
        except FolderError:
            assert office.run("verify").code != 0, "it does not start and verify does not say so"
        done = office.run("rebuild")
        assert "calls rebuilt" in done.out, (case, how, done)
        after = office.run("verify")
        assert after.code == 0, (case, how, done, after)
        assert started(office.data) == wanted, (case, how)
        noticed += 1
    return harmless, noticed


def made(folder):
    """A data folder with deliveries, some of them only in the log; gives what its calls count."""
    folder.mkdir()
    desk = Desk(folder)
    for start in range(0, ROWS, 500):
        desk.deliver([nth_row(number) for number in range(start, start + 500)])
        desk.is_counted()
        if start < ROWS // 2:
            desk.store.tidy()
    derive_changed_numbers(desk.store, desk.people)
    wanted = tallied(desk.store)
    desk.arrivals.close()
    desk.journal.close()
    desk.people.close()
    files = [folder / "calls.duckdb", folder / "calls.duckdb.wal"]
    aside = folder / "aside"
    aside.mkdir()
    subprocess.run(["cp", *files, aside], check=True)  # a process of its own: DuckDB's lock stays
    desk.store.close()
    for one in files:
        (aside / one.name).replace(one)
    aside.rmdir()
    return wanted


def started(folder):
    """What the calls count after a start, with all deliveries; raises FolderError if it does not start."""
    desk = Desk(folder)
    try:
        desk.is_counted()
        return tallied(desk.store)
    except Exception as why:
        raise FolderError(str(why)) from why
    finally:
        desk.close()
        desk.people.close()


def spoil(folder, dice):
    """Do one thing to the calls or their log; says what it was."""
    file = folder / dice.choice(("calls.duckdb", "calls.duckdb", "calls.duckdb.wal"))
    content = bytearray(file.read_bytes())
    place = dice.randrange(len(content))
    how = dice.choice(("flip", "flip", "zeros", "cut", "gone"))
    if how == "gone":
        file.unlink()
        return file.name, how, 0
    if how == "flip":
        content[place] ^= 1 << dice.randrange(8)
    elif how == "zeros":
        page = place // 4096 * 4096
        content[page : page + 4096] = bytes(len(content[page : page + 4096]))
    else:
        del content[place:]
    file.write_bytes(content)
    return file.name, how, place
