"""The power fails at a random moment: what a disk may hold then is put together from a record of all writes and syncs.

A run of the product is recorded by `disk.c`. An image is made of what was synced and, of what was not, one of: nothing,
everything, every write torn at sectors of 4096 or 512 bytes with zeros in the gaps, or the old names. As on ext4 and
XFS, a sync also makes earlier name changes durable; on a file system without that order these images say nothing.
Each image is opened by the product's own start, without any help, and compared with what had been acknowledged until
then.
"""

import json
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from cli.office import ACME
from fault import disk
from fault.desk import Desk, nth_row, rows_of

KINDS = ("nothing", "everything", "4096", "512", "old names")
DELIVERIES = 120

FIRST_HIRED = 301
"""The first number that anybody gets."""

ASKED_AGAIN = 3
"""How many of the last deliveries with keys are sent again, to compare the answers."""


def main(images, seed):
    """Try that many images, from as many runs as they need."""
    with disk.scratch() as folder:
        acknowledged = cut_power(Path(folder), images, seed)
    return f"{images} images of {len(KINDS)} kinds, up to {acknowledged} records acknowledged in each, none lost"


def cut_power(folder, images, seed):
    """Record runs, and try images of them; gives the most records acknowledged in one image."""
    library, most, run = disk.built(folder), 0, 0
    while images > 0:
        data, record = folder / f"data{run}", folder / f"record{run}"
        data.mkdir()
        disk.run_on(library, data, "fault.powercut", data, seed + run, record=record)
        some = min(images, 250)
        most = max(most, try_images(disk.read_record(record), data, folder, some, random.Random(seed + run)))
        images, run = images - some, run + 1
        record.unlink()
    return most


# ── what is recorded ──


def work(folder, seed):
    """Deliveries of all sizes, loads, new numbers, and a restart now and then; a file says what was acknowledged."""
    dice, desk = random.Random(int(seed)), Desk(Path(folder))
    sent, rejected, hired = 0, 0, 0
    with (Path(folder) / "acks").open("w", buffering=1) as acks:
        for _ in range(DELIVERIES):
            numbers = range(sent, sent + dice.choice((1, 1, 3, 20, 200)))
            loads, key = dice.random() < 0.08, dice.choice(("", f"{numbers.start}-{numbers.stop}"))
            receipt = desk.load(map(nth_row, numbers)) if loads else desk.deliver(rows_of(numbers), key)
            sent += len(numbers)
            rejected += not loads and len(numbers) > 1
            if dice.random() < 0.1:
                desk.hire(FIRST_HIRED + hired)
                hired += 1
            acks.write(json.dumps([sent, rejected, hired, key, receipt]) + "\n")
            if dice.random() < 0.05:
                desk.store.tidy()
            if dice.random() < 0.04:
                desk.close()
                desk.open()
    desk.close()


# ── what the disk may hold ──


@dataclass(slots=True)
class File:
    """A file: what is certainly on the disk, and the changes since the last sync."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list = field(default_factory=list)


class Disk:
    """What was synced, and what may or may not be there."""

    def __init__(self):
        self.files, self.names = {}, {}
        self.new_names = []
        self.acknowledged, self.rejected, self.hired, self.answers = 0, 0, 0, {}

    def happens(self, entry):
        """Follow one change."""
        if entry.path.endswith("/acks"):
            self._hears(entry.data)
        elif entry.kind == "O":
            self.files[entry.file] = File()
            self.new_names.append((entry.path, self.files[entry.file]))
        elif entry.kind == "U":
            self.new_names.append((entry.path, None))
        elif entry.kind == "R":
            found = self.names_then(len(self.new_names)).get(entry.path)
            self.new_names += [(entry.path, None), (entry.data.decode(), found)]
        elif entry.kind == "S":
            file = self.files[entry.file]
            for change in file.pending:
                apply(file.synced, change)
            file.pending = []
            self.names, self.new_names = self.names_then(len(self.new_names)), []
        else:
            self.files[entry.file].pending.append(entry)

    def _hears(self, line):
        """Take a sender's note: how much was acknowledged, rejected and hired, and the answer given under a key."""
        if line.strip():
            self.acknowledged, self.rejected, self.hired, key, receipt = json.loads(line)
            if key and receipt and "kept" in receipt:  # what was only safe may be reported as known now
                self.answers[key] = receipt

    def names_then(self, many):
        """The names, after the first so many of the unsynced changes."""
        found = dict(self.names)
        for path, file in self.new_names[:many]:
            if file is None:
                found.pop(path, None)
            else:
                found[path] = file
        return found

    def image(self, kind, dice):
        """From each path to what it may hold if the power fails now."""
        many = 0 if kind == "old names" else dice.randint(0, len(self.new_names))
        return {path: content(file, kind, dice) for path, file in self.names_then(many).items()}


def content(file, kind, dice):
    """What one file may hold."""
    held = bytearray(file.synced)
    for change in file.pending:
        if kind == "everything" or (kind == "old names" and dice.random() < 0.5):
            apply(held, change)
        elif kind.isdigit():
            tear(held, change, int(kind), dice)
    return bytes(held)


def apply(held, change):
    if change.kind == "T":
        grow(held, change.offset)
        del held[change.offset :]
    else:
        grow(held, change.offset + len(change.data))
        held[change.offset : change.offset + len(change.data)] = change.data


def tear(held, change, sector, dice):
    """Let some sectors of a write reach the disk, and its length; a truncation happens or does not."""
    if change.kind == "T":
        if dice.random() < 0.5:
            apply(held, change)
        return
    end = change.offset + len(change.data)
    grow(held, end)
    for start in range(change.offset // sector * sector, end, sector):
        if dice.random() < 0.5:
            since, until = max(start, change.offset), min(start + sector, end)
            held[since:until] = change.data[since - change.offset : until - change.offset]


def grow(held, size):
    held.extend(bytes(max(size - len(held), 0)))


# ── what the product makes of it ──


def try_images(entries, data, folder, images, dice):
    """Cut the power at that many moments, half of them around name changes, truncations and syncs."""
    turning = [place for place, one in enumerate(entries) if one.kind in "OURTS"]
    moments = [dice.choice(turning) + dice.randint(0, 1) for _ in range(images // 2)]
    moments += [dice.randrange(len(entries)) for _ in range(images - len(moments))]
    now, most = Disk(), 0
    wanted = {}
    for number, moment in enumerate(moments):
        wanted.setdefault(moment, []).append(KINDS[number % len(KINDS)])
    for place, entry in enumerate(entries):
        for kind in wanted.get(place, ()):
            try:
                try_image(now, kind, dice, data, folder)
            except Exception as why:
                raise AssertionError(f"power cut before change {place} of {len(entries)}, {kind}") from why
            most = max(most, now.acknowledged)
        now.happens(entry)
    return most


def try_image(now, kind, dice, data, folder):
    """Start on it, and compare; asking again gives the same answer, and one more delivery is taken as usual."""
    where = folder / "image"
    where.mkdir()
    for path, held in now.image(kind, dice).items():
        (where / Path(path).relative_to(data)).write_bytes(held)
    desk = Desk(where)
    try:
        check_accounts(desk, now.rejected)
        assert {str(FIRST_HIRED + one) for one in range(now.hired)} <= desk.people.numbers(ACME)
        desk.check(range(now.acknowledged), sent=now.acknowledged + 200)
        for key, receipt in list(now.answers.items())[-ASKED_AGAIN:]:
            assert desk.deliver(rows_of(range(*map(int, key.split("-")))), key) == receipt, key
        assert desk.deliver([nth_row(2_000_000)])["kept"] == 1
        assert desk.faults == []
    finally:
        desk.close()
        desk.people.close()
        shutil.rmtree(where)


def check_accounts(desk, rejected):
    """Each record came once, and is counted once; rejected ones are kept, perhaps those of one more delivery, too."""
    desk.is_counted()
    held, accounts = desk.store.upkeep.holdings(), desk.store.sources_kept([ACME])
    assert rejected <= held.rejected <= rejected + 1
    assert [(one.kept, one.known, one.replaced, one.rejected) for one in accounts] in (
        [],
        [(held.legs, 0, 0, held.rejected)],
    )
