"""A Master.csv of any size: direct calls in and out, and ring groups of three, one row after another."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

_SHAPE = (
    '"","{src}","{dst}","from-internal","""Caller"" <{src}>","{channel}","{dstchannel}","Dial","{data}",'
    '"{start}",{answer},"{end}",{duration},{billsec},"{word}","DOCUMENTATION","{epoch}.{call}","","","{epoch}.{call}",{row}\n'
)


def write_file(path: Path, rows: int) -> None:
    """Write that many rows, or up to two more; the same ones every time."""
    rng = random.Random(20)
    epoch, row = 1767600000, 0
    with path.open("w", encoding="utf-8") as file:
        while row < rows:
            epoch += rng.randint(0, 3)
            kind, extension, ring, talk = rng.random(), rng.randint(200, 699), rng.randint(2, 20), rng.randint(5, 400)
            members = 3 if kind > 0.85 else 1
            for member in range(members):
                takes = member == members - 1
                file.write(_row(epoch, row - member, row, kind > 0.4, extension + member, ring, talk if takes else 0))
                row += 1


def _row(epoch: int, call: int, row: int, inbound: bool, extension: int, ring: int, talk: int) -> str:
    phone, trunk = f"PJSIP/{extension}-{row:08x}", f"PJSIP/trunk-{call:08x}"
    outside = f"45{epoch % 90_000_000 + 10_000_000}"
    return _SHAPE.format(
        src=outside if inbound else extension,
        dst=600 if inbound else outside,
        channel=trunk if inbound else phone,
        dstchannel=phone if inbound else trunk,
        data=f"PJSIP/{extension},30" if inbound else f"PJSIP/trunk/sip:{outside}@192.0.2.1,60",
        start=_stamp(epoch),
        answer=f'"{_stamp(epoch + ring)}"' if talk else "",
        end=_stamp(epoch + ring + talk),
        duration=ring + talk,
        billsec=talk,
        word="ANSWERED" if talk else "NO ANSWER",
        epoch=epoch,
        call=call,
        row=row,
    )


def _stamp(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S}"
