"""A file of each format is damaged at every byte: what comes before is read as usual, and nothing else happens."""

import io
import random

from fuzz.atheris_run import SEEDS
from fuzz.targets import CUSTOMER, LATEST_MS, LAYOUTS, TARGETS, ZONE
from pbxtally.calls import Leg
from pbxtally.checked_reading import read_checked
from pbxtally.errors import InvalidFieldError, SourceError
from pbxtally.records import Reading
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in

WRITTEN_OVER = b'\0\xff"\n,{<0'
PACKED = (b"\x1f\x8b", b"PK")


def main(seed, every=1):
    """Damage every seed of every source at every so many bytes."""
    dice, tried = random.Random(seed), 0
    for path in sorted(SEEDS.glob("*/*")):
        if path.parent.name in SOURCES:
            data = path.read_bytes()
            for place in range(dice.randrange(every), len(data), every):
                tried += damage(path.parent.name, data, place, dice)
    return f"{tried} damaged files, what stood before the damage was read from all of them"


def damage(name, data, place, dice):
    """Cut off there, flip a bit, and overwrite; how many files that made."""
    turned = bytes((data[place] ^ 1 << dice.randrange(8),))
    over = dice.choice(WRITTEN_OVER).to_bytes(1, "big")
    files = [data[:place], *(data[:place] + byte + data[place + 1 :] for byte in (turned, over))]
    whole_lines = data[: data.rfind(b"\n", 0, place) + 1]
    before = [] if data.startswith(PACKED) else legs(name, whole_lines)
    for file in files:
        TARGETS[name](file)
        assert set(before) <= set(legs(name, file)), (name, file)
    return len(files)


def legs(name, data):
    """The legs of a stream, up to where it cannot be read."""
    return [one for one in read_in(name, data) if isinstance(one, Leg)]


def read_in(name, data):
    """What a source makes of a stream, up to where it cannot be read."""
    reading = Reading(ZONE, CUSTOMER, lambda extension, at_ms: "101", LAYOUTS.get(name, ""))
    source, found = SOURCES[name], []
    try:
        for one in read_checked(
            source.read, records_in(io.BufferedReader(io.BytesIO(data)), source), reading, LATEST_MS
        ):
            found.append(one)
    except (SourceError, InvalidFieldError):
        pass
    return found
