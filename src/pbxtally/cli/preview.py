"""The first records of a file as they were understood, for whoever checks before loading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.calls import SERVICE, Leg, Numbering, Result, Via
from pbxtally.cli.options import terminal_safe

HEADING = ("caller", "callee", "start", "result", "ring", "talk")


def print_preview(legs: Sequence[Leg], numbering: Numbering, zone: ZoneInfo) -> None:
    """Print who called whom, when, how it ended and how long it took, a line for each leg."""
    rows = [HEADING, *(_row(leg, numbering, zone) for leg in legs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows if legs else ():
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  " + "  ".join(cells).rstrip())


def _row(leg: Leg, numbering: Numbering, zone: ZoneInfo) -> tuple[str, ...]:
    start = datetime.fromtimestamp(leg.started_ms / 1000, zone)
    return (
        _party(leg.caller_device, leg.caller_number, numbering),
        _callee(leg, numbering),
        f"{start:%Y-%m-%d %H:%M:%S%z} {zone.key}",
        Result(leg.result).name.lower(),
        f"{leg.ring_ms / 1000:g} s",
        f"{leg.talk_ms / 1000:g} s",
    )


def _callee(leg: Leg, numbering: Numbering) -> str:
    if leg.via != Via.DEVICE:
        return f"{Via(leg.via).name.lower()} {terminal_safe(leg.dialled)}".rstrip()
    return _party(leg.callee_device, leg.callee_number or leg.dialled, numbering)


def _party(device: str, number: str, numbering: Numbering) -> str:
    """An extension, or any other party."""
    extension = numbering.of_party(device, number)
    if extension:
        return f"extension {terminal_safe(extension)}"
    return terminal_safe(number or ("the PBX" if device == SERVICE else device) or "?")
