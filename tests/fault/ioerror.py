"""One disk operation fails, or all from then on, while deliveries arrive; then the disk is well again.

Nobody restarts anything: what waited is counted by itself. A delivery answered by an error may or may not be kept.
"""

import errno
import json
import random
import shutil
import time
from pathlib import Path

import duckdb

from fault import disk
from fault.desk import Desk, in_doubt, rows_of
from pbxtally import arrivals, writer
from pbxtally.errors import PbxTallyError

KINDS = (disk.ANY, disk.WRITE, disk.SYNC, disk.OPEN | disk.RENAME | disk.REMOVE | disk.CUT)
FILES = ("", "calls.duckdb", "journal.db", "people.db")


def main(errors, seed):
    """Let that many operations fail, one in each run."""
    with disk.scratch() as folder:
        seen = fail_again_and_again(Path(folder), errors, seed)
    return (
        f"{seen['cases']} faults ({seen['failed']} failed operations), {seen['acknowledged']} records acknowledged,"
        f" none lost, no restart needed; longest until all was counted again {seen['longest']:.1f} s"
    )


def fail_again_and_again(folder, errors, seed):
    """Run `work` on the failing disk; gives what it saw."""
    control = folder / "control"
    disk.Control(control)
    library, data = disk.built(folder), folder / "data"
    printed = disk.run_on(library, data, "fault.ioerror", folder, errors, seed, control, control=control)
    return json.loads(printed.splitlines()[-1])


def work(folder, errors, seed, control):
    """Runs on that disk."""
    writer.PAUSE_SECONDS = 0.05
    folder, dice, control = Path(folder), random.Random(int(seed)), disk.Control(control)
    seen = {"cases": 0, "failed": 0, "acknowledged": 0, "longest": 0.0}
    while seen["cases"] < int(errors):
        data = folder / "data"
        data.mkdir()
        try:
            failed, acknowledged, seconds = one_fault(data, dice, control)
        except Exception as why:
            raise AssertionError(f"after {seen['cases']} faults of seed {seed}") from why
        shutil.rmtree(data)
        seen["cases"] += failed > 0
        seen["failed"] += failed
        seen["acknowledged"] += acknowledged
        seen["longest"] = max(seen["longest"], seconds)
    print(json.dumps(seen))


def one_fault(data, dice, control):
    """How many operations failed, how many records were acknowledged, how long until all of them were counted."""
    desk = Desk(data)
    acknowledged, sent = [], 0
    rejected, sent_bad = 0, 0

    def deliver():
        nonlocal sent, rejected, sent_bad
        numbers = range(sent, sent + dice.choice((1, 3, 50)))
        sent += len(numbers)
        sent_bad += len(numbers) > 1
        if in_doubt(lambda: desk.deliver(rows_of(numbers))):
            acknowledged.extend(numbers)
            rejected += len(numbers) > 1

    arrivals.PATIENCE_SECONDS = 0.1  # while the disk fails nobody waits for long
    for _ in range(dice.randint(0, 3)):
        deliver()
    control.fail(
        dice.randint(1, 25),
        kinds=dice.choice(KINDS),
        error=dice.choice((errno.EIO, errno.ENOSPC)),
        sticky=dice.random() < 0.4,
        half=dice.random() < 0.5,
        match=dice.choice(FILES),
    )
    for _ in range(8):
        deliver()
        if dice.random() < 0.3:
            tidy(desk)
        if dice.random() < 0.3:
            in_doubt(lambda: desk.hire(dice.randint(101, 120)))
        if dice.random() < 0.1:
            restart(desk, control)
    failed = control.heal()
    arrivals.PATIENCE_SECONDS = 10
    since = time.monotonic()
    desk.is_counted()
    seconds = time.monotonic() - since
    desk.check(acknowledged, sent)
    desk.close()
    desk.open()
    desk.check(acknowledged, sent)
    assert rejected <= desk.store.upkeep.holdings().rejected <= sent_bad
    desk.close()
    desk.people.close()
    return failed, len(acknowledged), seconds


def tidy(desk):
    try:
        desk.store.tidy()
    except (duckdb.Error, OSError, PbxTallyError):
        return


def restart(desk, control):
    """Stop and start; if it does not start on a failing disk, it does once the disk is well again."""
    desk.close()
    try:
        desk.open()
    except (PbxTallyError, duckdb.Error, OSError):
        control.heal()
        desk.open()
