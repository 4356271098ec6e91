"""Files cut off, with flipped bits, mixed: whatever becomes of a sample of each format is accounted for.

Every variant is read; some are also delivered through journal and store: received = kept + known + replaced +
rejected, or refused, every time.
"""

import json
import random
from pathlib import Path

from cli.office import ACME
from fault import disk
from fault.desk import Desk
from fuzz.targets import LAYOUTS, source
from pbxtally.errors import InvalidFieldError, SourceError
from pbxtally.people import SourceSetting
from pbxtally.sources import SOURCES

SEEDS = Path(__file__).parent.parent / "fuzz" / "seeds"
DELIVERED = 10
"""One variant in this many is delivered."""


def main(variants, seed):
    """Read that many variants."""
    with disk.scratch() as folder:
        read, delivered, records = damage_samples(Path(folder), variants, seed)
    return (
        f"{read} damaged files of {len(SOURCES)} formats read, {delivered} delivered: {records} records,"
        " all accounted for, no crash"
    )


def damage_samples(folder, variants, seed):
    """How many variants were read and delivered, and how many records those held."""
    dice, desk = random.Random(seed), Desk(folder)
    for name, layout in LAYOUTS.items():
        desk.people.keep_source_setting(ACME, name, SourceSetting(layout=layout))
    read = delivered = records = 0
    for name in SOURCES:
        for variant in chosen(name, variants // len(SOURCES), dice):
            source(name)(variant)
            read += 1
            if read % DELIVERED == 0:
                records += deliver(desk, name, variant)
                delivered += 1
    desk.is_counted()
    assert desk.store.upkeep.flaws() == []
    assert desk.faults == []
    desk.close()
    desk.people.close()
    return read, delivered, records


def deliver(desk, name, variant):
    """How many records a delivery held, all of them accounted for; 0 if it was refused."""
    try:
        receipt = json.loads(desk.arrivals.take(ACME, name, variant).receipt)
    except (SourceError, InvalidFieldError):
        return 0
    sums = ("kept", "known", "replaced") if "kept" in receipt else ("accepted",)
    assert receipt["received"] == sum(receipt[one] for one in sums) + receipt["rejected"], (name, receipt)
    return receipt["received"]


def chosen(name, many, dice):
    """That many variants of a source's samples; if there are enough, each sample is cut at every byte."""
    samples = [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]
    found = [sample[:place] for sample in samples for place in range(len(sample))]
    cuts = found if len(found) <= many // 2 else dice.sample(found, many // 2)
    return [*cuts, *(spoilt(dice.choice(samples), dice) for _ in range(many - len(cuts)))]


def spoilt(sample, dice):
    """A sample with something wrong with it."""
    content = bytearray(sample)
    place = dice.randrange(max(len(content), 1))
    match dice.randrange(9):
        case 0 if content:
            content[place] ^= 1 << dice.randrange(8)
        case 1:
            content[place:place] = dice.choice((b'"', b"'", b"\\", b"\x00", b"\xff\xfe", b"<!--", b"{"))
        case 2:
            return b"\xef\xbb\xbf" + sample
        case 3:
            return sample.replace(b"\n", b"\r\n")
        case 4:
            return sample.replace(b"\n", b"\r")
        case 5:
            return sample.decode("utf-8", "replace").encode(dice.choice(("utf-16", "cp1252", "utf-7")), "replace")
        case 6:
            return sample.replace(b'"', b"", 1)
        case 7:
            del content[place : place + dice.randint(1, 40)]
        case _:
            end = place + dice.randint(1, 200)
            content[place:place] = content[place:end] * dice.randint(1, 3)
    return bytes(content)
