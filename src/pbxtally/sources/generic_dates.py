"""Find out how dates are written, from some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

DAYS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d-%m-%y",
    "%d/%m/%y", "%d.%m.%y", "%m/%d/%y", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
    "%a %d/%m/%Y", "%a %m/%d/%Y", "%a, %d %b %Y",
)  # fmt: skip
"""If both orders of day and month exist, the one with the day first comes first."""

CLOCKS = (
    "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p", "%H.%M.%S", "%H.%M", "%H:%M:%S.%f",
    "%H%M%S",
)  # fmt: skip

WHOLE = ("%Y%m%d%H%M%S", "%Y%m%d%H%M%S.%f")

_SHAPES = {"Y": r"\d{4}", "f": r"\d+", "b": r"\D+", "B": r"\D+", "a": r"\D+", "p": "[AaPp][Mm]", "z": r"\D.*"}


@lru_cache(maxsize=1024)
def _shape(form: str) -> re.Pattern[str]:
    """What must match before a format is tried at all: strptime compiles its own pattern anew for most of them."""
    if "%" not in form:
        return re.compile(".*", re.DOTALL)
    return re.compile(
        re.sub(r"%(\w)", lambda part: _SHAPES.get(part[1], r" ?\d{1,2}"), re.escape(form).replace("\\ ", r"\s*"))
    )


_MOMENT = re.compile(
    r"(?P<day>.+?)(?P<joint>T|,? )(?P<clock>\d[\d:.]*(?: ?[AP]M)?)(?P<zone> ?(?:[+-]\d\d:?\d\d|Z|UTC|GMT))?",
    re.IGNORECASE,
)


def date_of(values: Sequence[str]) -> str:
    """The format that all of some dates have, as a mapping writes it, or "".

    If either the day or the month may come first, it is the order in which the dates lie closer together, since a file
    is about few days. If that does not help, the month comes first with AM and PM, else the day.
    """
    some = list(dict.fromkeys(value for value in values if value))
    if not some or not all(any(map(str.isdigit, value)) for value in some):
        return ""
    if all(re.fullmatch(r"1\d{9}(\.\d+)?", value) for value in some):
        return "epoch-s"
    if all(re.fullmatch(r"1\d{12}", value) for value in some):
        return "epoch-ms"
    if all("-" in value and _is_iso(value) for value in some):
        return "iso"
    return min(formats(some), key=lambda form: (spread(form, some), "%p" in form and "%d/%m" in form), default="")


def formats(some: Sequence[str]) -> Iterator[str]:
    """The formats that all of some values have."""
    for form in _of_shape(some[0]):
        if all(fits(form, value) for value in some):
            yield form


def _of_shape(value: str) -> Iterator[str]:
    """The formats that a value may have."""
    yield from (form for form in (*WHOLE, *DAYS) if fits(form, value))
    if found := _MOMENT.fullmatch(value):
        clocks = [form for form in CLOCKS if fits(f"%Y {form}", f"2020 {found['clock']}")]
        zone = "" if found["zone"] is None else " %z" if found["zone"].startswith(" ") else "%z"
        days = [form for form in DAYS if fits(form, found["day"])] if clocks else []
        yield from (f"{day}{found['joint']}{clock}{zone}" for day in days for clock in clocks)


def other_order(form: str) -> str:
    """The same format with day and month exchanged; "" if nobody writes it like that."""
    other = form.translate(str.maketrans("dm", "md"))
    return other if other != form and any(other.startswith(day) for day in DAYS if "%m" in day) else ""


def spread(form: str, values: Sequence[str]) -> float:
    """How many seconds the earliest and latest value are apart when read in a format."""
    moments = [moment(form, value).timestamp() for value in values]
    return max(moments) - min(moments)


def moment(form: str, value: str) -> datetime:
    """The moment that is written; UTC if no zone is. Raises ValueError."""
    if form.startswith("epoch"):
        return datetime.fromtimestamp(float(value) / (1000 if form == "epoch-ms" else 1), UTC)
    if "%z" in form:
        value = re.sub(r"(?:UTC|GMT)\Z", "Z", value)
    found = datetime.fromisoformat(value) if form == "iso" else datetime.strptime(value, form)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def fits(form: str, value: str) -> bool:
    """Whether a value has a format; a phone number is not a date in the year 4533."""
    try:
        return bool(_shape(form).fullmatch(value)) and 1970 <= moment(form, value).year < 2100
    except (ValueError, OverflowError):
        return False


def _is_iso(value: str) -> bool:
    return fits("iso", value)
