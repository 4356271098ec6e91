"""What a file is refused for, before any of it is kept.

The wrong source, the wrong zone, calls that another source has brought already, a customer that was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.errors import InvalidFieldError, SourceError
from pbxtally.intervals import HOUR_MS, offset_ms
from pbxtally.people import Customer, CustomerState
from pbxtally.records import MAYBE_TRUNCATED, OUT_OF_TIME, Rejected, Source

FIRST_LOOK = 500
"""How many records are looked at before any is kept: is this the right source, the right zone?"""

FEW = 20
"""How many legs show the zone reliably."""

QUARTER_MS = HOUR_MS // 4


def wrong_source_error(file: str, source: str, place: str, first: Rejected) -> SourceError:
    """The error for a file whose first records cannot be used: where, the first one, what the file may be instead."""
    instead = next((hint for begins, hint in _NO_TEXT.items() if first.raw.startswith(begins)), "")
    if first.reason.startswith(OUT_OF_TIME):
        why = f"{first.reason}; are the clocks of the PBX and of this machine right, and the order of the date?"
        return SourceError(f"{file} has times that cannot be: {place}: {why}")
    return SourceError(f"{file} does not look like {source}: {place}: {first.reason}{instead}")


def check_format(file: str, source: str, first: Sequence[Leg | Rejected]) -> None:
    """Raise SourceError if some of a file's first records are strange to its source, and none is a leg."""
    strange = [one for one in first if isinstance(one, Rejected) and one.reason != MAYBE_TRUNCATED]
    if strange and not any(isinstance(one, Leg) for one in first):
        raise wrong_source_error(file, source, f"line {strange[0].line}", strange[0])


_NO_TEXT = {
    b"PK\x03\x04": "; it is a ZIP archive, which has to be unpacked, or a workbook, which has to be saved as CSV",
    b"BZh": "; it is compressed with bzip2: decompress it",
    b"\xfd7zXZ\0": "; it is compressed with xz: decompress it",
    b"\x28\xb5\x2f\xfd": "; it is compressed with zstd: decompress it",
    b"7z\xbc\xaf\x27\x1c": "; it is a 7-Zip archive: unpack it",
}
"""How files that are not text begin, and what to do with them."""


def check_not_deleted(customer: Customer | None) -> None:
    """Raise InvalidFieldError if a customer was deleted: none of their calls can come any more."""
    if customer is not None and customer.state is CustomerState.DELETED:
        raise InvalidFieldError("customer", f"{customer.name} is deleted")


def check_zone(file: str, legs: Sequence[Leg], before: int, zone: ZoneInfo, pbx: str | None = None) -> None:
    """Compare clock times with the epochs inside the records' own keys: a leg starts soon after its channel.

    Raises SourceError with the zone that would fit; `before`: how many records of the file were kept already. `pbx`:
    the hosted switch whose zone it is.
    """
    with_epoch = [leg for leg in legs if leg.epoch_ms is not None]
    for start in range(0, len(with_epoch), FIRST_LOOK):
        some = with_epoch[start : start + FIRST_LOOK]
        late_ms = [leg.started_ms - (leg.epoch_ms or 0) for leg in some]
        usual_ms = _usual_ms(late_ms)
        off_ms = _clock_error_ms(usual_ms)
        if off_ms:
            raise SourceError(_wrong_zone(file, zone, some[late_ms.index(usual_ms)], off_ms, before, pbx))


def check_layout(sources: Mapping[str, Source], source: str, layout: str) -> None:
    """Raise InvalidFieldError for a layout that a source cannot have, or cannot do without."""
    check = sources[source].check_layout
    if check is not None:
        check(layout)
    elif layout:
        able = [name for name, one in sources.items() if one.check_layout]
        raise InvalidFieldError("layout", f"{source} has no layouts - only {', '.join(able)} have")


def check_not_twice(sources: Mapping[str, Source], source: str, has: Callable[[], Collection[str]]) -> None:
    """Raise SourceError if a customer `has` another source of the same calls (each would count twice)."""
    twin = sources[source].same_calls_as
    others = {name for name, one in sources.items() if one.same_calls_as == source} | ({twin} if twin else set())
    if others and (both := others & set(has())):
        raise SourceError(
            f"{source} reports calls that {both.pop()} already has for this customer, and each would count twice;"
            f" its manual page says which one to use"
        )


def _usual_ms(late_ms: list[int]) -> int:
    """How late a usual leg starts after its channel: an amount of one of them, not a mean of summer and winter time."""
    if len(late_ms) < FEW:
        return min(late_ms, key=abs)
    middle = sorted(late_ms)[(len(late_ms) - 1) // 2 : len(late_ms) // 2 + 1]
    return max(middle, key=abs)


def _clock_error_ms(usual_ms: int) -> int:
    """The clock's error in ms, a multiple of 15 minutes or 0, judged by how late a usual leg starts after its channel.

    A leg may well start hours late (a transfer), but the usual one does not, least of all by such a round amount.
    """
    off_ms = round(usual_ms / QUARTER_MS) * QUARTER_MS
    return off_ms if abs(usual_ms - off_ms) <= 60_000 else 0


def _wrong_zone(file: str, zone: ZoneInfo, leg: Leg, off_ms: int, before: int, pbx: str | None) -> str:
    """What is wrong, by how much, the zone that would fit, and where to set it."""
    assert leg.epoch_ms is not None
    minutes = (offset_ms(zone, leg.started_ms) + off_ms) // 60_000
    fits = "UTC" if minutes == 0 else f"Etc/GMT{-minutes // 60:+}" if minutes % 60 == 0 else "a zone with that offset"
    sign = "-" if minutes < 0 else "+"
    day = datetime.fromtimestamp(leg.epoch_ms / 1000, UTC).date()
    were, them = ("The record before was", "it") if before == 1 else (f"The {before} records before were", "them")
    kept = f" {were} kept; loading the file again in the right zone corrects {them}." if before else ""
    return (
        f"{file} is not in the zone {zone.key}: its records' own epochs say that its clock was at "
        f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02} on {day}. "
        f"Use {f'pbx change {pbx} ' if pbx else ''}--timezone {fits} or the place's own zone.{kept}"
    )
