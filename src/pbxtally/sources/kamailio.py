"""Kamailio: rows of its tables `acc`, `missed_calls` and `acc_cdrs`, as SQL dump, CSV with a heading, or JSON.

A proxy writes what passes it: an INVITE that was answered or failed, a BYE, each a row with the same `callid`. A BYE
from the callee has the tags reversed. `acc_cdrs` has a call in one row, without why it failed, and is weaker evidence.
`time` is local, or Julian days in UTC in SQLite; `seconds`, where the operator added it, is since 1970.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally import tables
from pbxtally.calls import Leg, Result, Via
from pbxtally.checked_reading import LONGEST_MS
from pbxtally.column_aliases import aliases_of, row_by_alias
from pbxtally.csv_json import from_json
from pbxtally.dialogs import MAILBOX, OUTSIDE, Step
from pbxtally.intervals import is_never, written_ms
from pbxtally.records import MANY_BYTES, MAYBE_TRUNCATED, Reading, Rejected, Tenancy, WordOf, has_end, no_time, text

CODES = {
    "403": Result.REJECTED,  # by a phone; by a trunk it is FAILED
    "408": Result.RANG_OUT,
    "480": Result.RANG_OUT,
    "486": Result.BUSY,
    "487": Result.GAVE_UP,
    "600": Result.BUSY,
    "603": Result.REJECTED,
}
"""What a SIP code above 299 means for a call; every other one is FAILED, except those of NO_END."""

TIMED_OUT = "408"
"""The row of a BYE with this code is written long after the talk, when the proxy gives up on a phone that is gone."""

NO_END = ("1", "3", "401", "407")
"""How codes begin after which the call goes on: provisional, redirected, or to be tried again with a password."""

COLUMNS = {
    "callid": ("callid", "call_id", "sip_callid"),
    "from_tag": ("from_tag",),
    "to_tag": ("to_tag",),
    "method": ("method",),
    "code": ("sip_code",),
    "reason": ("sip_reason",),
    "seconds": ("seconds",),
    "time": ("time",),
    "start_time": ("start_time",),
    "end_time": ("end_time",),
    "duration": ("duration",),
    "invited": ("invited", "invite_time"),
    "caller": ("auth_user", "src_user", "from_user", "caller"),
    "caller_name": ("src_name", "caller_name"),
    "callee": ("dst_user", "dst_ouser", "to_user", "callee"),
    "dialled": ("dst_ouser", "dst_user", "to_user", "callee"),
}
"""What columns are called, the first that is not empty counts; `db_extra` and `cdr_extra` let the operator choose."""

CALLER_PLACES, CALLEE_PLACES = ("src_ip", "src_domain", "from_domain"), ("dst_ip", "dst_domain", "to_domain")
"""Columns that show where a party is; a place that the layout names is outside."""

VOICEMAIL_AT = "voicemail="
"""What precedes the place of a voicemail server in the layout."""

_ALIASES = aliases_of(
    {**COLUMNS, **{one: (one,) for one in (*CALLER_PLACES, *CALLEE_PLACES, "accountcode")}}, str.lower
)

TABLES = ("acc", "missed_calls", "acc_cdrs")
_JULIAN_1970 = 2_440_587.5
_NUMBER = re.compile(r"\d{1,10}(?:\.\d{1,20})?")
"""SQLite's `.dump` writes all digits of a number, other exports fewer."""


_caller_at, _callee_at = itemgetter(*CALLER_PLACES), itemgetter(*CALLEE_PLACES)
_DIALOG = Via.DIALOG  # an enum's members are expensive to look up for every row


class _UnusableError(Exception):
    """Why a row is rejected; the text names the column and what was expected."""


class _Places(NamedTuple):
    """What the layout names: the places that are outside, and those of voicemail servers."""

    outside: frozenset[str]
    mailboxes: frozenset[str]


def records(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Rows of the three tables, each as a JSON object by column."""
    yield from tables.rows(stream, _is_table, lambda table, columns: _is_table(columns) if columns else table in TABLES)


def _is_table(columns: Iterable[str]) -> bool:
    names = set(columns)
    return {"method", "sip_code"} <= names or {"start_time", "end_time", "duration"} <= names


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield a step of a call, or the reason why not, for every row; `layout` names the places, with commas."""
    places = _places(reading.layout)
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            row = _row(raw)
            yield _step(row, reading.zone, places) if row["method"] else _cdr(row, reading.zone, places)
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _places(layout: str) -> _Places:
    words = frozenset(filter(None, re.split(r"[\s,]+", layout)))
    return _Places(words, frozenset(one.removeprefix(VOICEMAIL_AT) for one in words if one.startswith(VOICEMAIL_AT)))


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The caller's domain, or the accountcode, of a row."""
    columns = ("src_domain", "from_domain") if word == "domain" else (word,)

    def tenant_of(raw: bytes) -> str:
        try:
            row = _row(raw)
        except _UnusableError:
            return ""
        found = next((row[column] for column in columns if row[column]), "")
        return text(found.lower() if word == "domain" else found, "words").strip()

    return tenant_of


TENANCY = Tenancy(("domain", "accountcode"), tenant_words)


def _row(raw: bytes) -> dict[str, str]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the row is longer than {MANY_BYTES} bytes")
    if raw.lstrip()[:1] == b"(":
        raise _UnusableError("a row of a SQL dump that does not fit its columns; is the file whole, with CREATE TABLE?")
    try:
        found: Any = from_json(raw)
    except (ValueError, RecursionError):
        why = "no row under a heading with method and sip_code, or start_time and end_time"
        raise _UnusableError(why if has_end(raw) else MAYBE_TRUNCATED) from None
    if not isinstance(found, dict):
        raise _UnusableError("not a row: an object was expected")
    row = row_by_alias(found, _ALIASES)
    if not row["callid"]:
        raise _UnusableError("callid is empty; acc_cdrs has it only if cdr_extra says callid=$ci")
    return row


def _step(row: dict[str, str], zone: ZoneInfo, places: _Places) -> Leg:
    """A row of acc or missed_calls: what became of one request."""
    at_ms, when = _moment(row, "seconds", zone), "seconds"
    if at_ms is None:
        at_ms, when = _moment(row, "time", zone), "time"
    if at_ms is None:
        raise _UnusableError("time is 0 or empty")
    method, code = row["method"].upper(), row["code"]
    step, result = _became(method, code)
    if method == "BYE" and code == TIMED_OUT:
        at_ms = _moment(row, "invited", zone) or at_ms
    began_ms = _moment(row, "invited", zone) if method == "INVITE" else None
    if began_ms is not None and at_ms - began_ms > LONGEST_MS:
        raise _UnusableError("impossible times: invited is more than a year before the row's own time")
    if code == "403" and result == Result.REJECTED and _callee_device(row, places).startswith(OUTSIDE):
        result = Result.FAILED
    tags = _tags(row)
    return _leg(
        row,
        tags,
        places,
        key=_key(row, tags, method, code, row["callee"], _written(row, when)),
        started_ms=at_ms,
        ended_ms=at_ms,
        began_ms=began_ms,
        step=step,
        result=result,
        words=f"{method} {code} {row['reason']}",
    )


@lru_cache(maxsize=256)
def _became(method: str, code: str) -> tuple[Step, Result]:
    """What a request with a final code was for its call, and how that ended."""
    if not re.fullmatch(r"[1-6]\d\d", code):
        raise _UnusableError(f"sip_code: three digits such as 486 were expected, not {code[:20]!r}")
    if method == "INVITE" and code[0] == "2":
        return Step.ANSWERED, Result.ANSWERED
    if method == "INVITE" and not code.startswith(NO_END):
        return Step.FAILED, CODES.get(code, Result.FAILED)
    if method == "BYE":
        return Step.ENDED, CODES[code] if code == TIMED_OUT else Result.ANSWERED
    return Step.OTHER, Result.ANSWERED


def _cdr(row: dict[str, str], zone: ZoneInfo, places: _Places) -> Leg:
    """A row of acc_cdrs: a whole call; without a duration nobody answered."""
    started_ms, ended_ms = _moment(row, "start_time", zone), _moment(row, "end_time", zone)
    if started_ms is None:
        raise _UnusableError("start_time is 0 or empty, and there is no method: neither a row of acc nor of acc_cdrs")
    duration = row["duration"] or "0"
    if not _NUMBER.fullmatch(duration):
        raise _UnusableError("duration: seconds were expected")
    talked_ms = round(float(duration) * 1000)
    ended_ms = started_ms + talked_ms if talked_ms else max(ended_ms or 0, started_ms)  # duration has milliseconds
    tags = _tags(row)
    return _leg(
        row,
        tags,
        places,
        key=_key(row, tags, "cdr", _written(row, "start_time")),
        started_ms=started_ms,
        ended_ms=ended_ms,
        began_ms=None,
        step=Step.WHOLE,
        result=Result.ANSWERED if talked_ms else Result.UNANSWERED,
        words=f"duration {duration}",
    )


def _key(row: dict[str, str], tags: list[str], *words: str) -> str:
    """Which row this is, with its times as they were written, so that it is the same in whatever zone it is read."""
    return text(" ".join((row["callid"], *tags, *words)), "words")


def _leg(
    row: dict[str, str],
    tags: list[str],
    places: _Places,
    *,
    key: str,
    started_ms: int,
    ended_ms: int,
    began_ms: int | None,
    step: Step,
    result: Result,
    words: str,
) -> Leg:
    """A step of the row's dialog, as `dialogs.py` takes it."""
    return Leg(
        key=key,
        call=text(row["callid"], "words"),
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=None,
        ring_ms=0,
        talk_ms=0,
        via=_DIALOG,
        result=result,
        caller_number=text(row["caller"], "number"),
        caller_name=text(row["caller_name"], "name"),
        caller_device=_device(row["caller"], _caller_at(row), places),
        callee_number=text(row["dialled"], "number"),
        callee_device=_callee_device(row, places),
        callee_wire=text(" ".join(tags), "words"),
        dialled=step,
        epoch_ms=began_ms,
        words=text(words, "words"),
    )


def _tags(row: dict[str, str]) -> list[str]:
    """Both tags of the dialog, sorted, so that it does not matter which side spoke; none unless both are there."""
    tags = sorted((row["from_tag"], row["to_tag"]))
    return tags if all(tags) else []


def _callee_device(row: dict[str, str], places: _Places) -> str:
    return _device(row["callee"], _callee_at(row), places)


def _device(user: str, at: tuple[str, ...], places: _Places) -> str:
    """A phone by its user; what is outside by its place, with a word before it so that it is no extension."""
    if not places.mailboxes.isdisjoint(at):
        return text(MAILBOX + user, "number")
    if places.outside.isdisjoint(at):
        return text(user, "number")
    return text(OUTSIDE + next(place for place in at if place in places.outside), "number")


def _moment(row: dict[str, str], name: str, zone: ZoneInfo) -> int | None:
    """A clock time in the zone, Julian days, or seconds since 1970; None if there is none, or 0."""
    written = row[name]
    if not written or is_never(written):
        return None
    if _NUMBER.fullmatch(written):
        return _ms_of(float(written)) or None
    try:
        return written_ms(zone, written)[0]
    except (ValueError, OverflowError):
        raise _UnusableError(no_time(name, written, "a time such as 2020-12-01 10:00:00")) from None


def _ms_of(number: float) -> int:
    """Milliseconds of a number of seconds since 1970, or of Julian days, which stand for whole seconds."""
    is_julian = 2_400_000 < number < 2_500_000
    return round((number - _JULIAN_1970) * 86_400) * 1000 if is_julian else round(number * 1000)


def _written(row: dict[str, str], name: str) -> str:
    """A time as it was written, but a number the same however many digits it was given."""
    written = row[name]
    return str(_ms_of(float(written))) if _NUMBER.fullmatch(written) else written
