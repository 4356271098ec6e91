"""Guess what each column of an unknown file is, from its heading and its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pbxtally.calls import Result
from pbxtally.intervals import DAY_MS
from pbxtally.sources.generic_dates import DAYS as DAY_FORMATS
from pbxtally.sources.generic_dates import date_of, moment
from pbxtally.sources.generic_headings import APART, HEADINGS
from pbxtally.sources.generic_sample import FACE, NUMBER, Columns, Sample
from pbxtally.sources.generic_times import UnusableError, length_of
from pbxtally.sources.generic_words import DIRECTIONS, RESULTS

Fields = dict[str, list[str | int]]
"""The columns of each field."""

_UNIT = re.compile(r" (ms|msec|milliseconds|s|sec|secs|seconds|sek|min|minutes|hh mm ss|mm ss|min sec|utc|gmt)$")
_SPLIT = re.compile(r"(?<=[a-zæøåäöüéñ])(?=[A-ZÆØÅÄÖÜ])")
_LENGTH = re.compile(r"[\d:.,' ]+[\"a-z. \d]*|pt[\dhms.]+", re.IGNORECASE)

_RANG = {Result.UNANSWERED, Result.RANG_OUT, Result.GAVE_UP, Result.BUSY, Result.REJECTED}


def fields_of(sample: Sample) -> Fields:
    """Each field's columns, in the order of HEADINGS."""
    found = _by_heading(sample.columns) if sample.header else _by_shape(sample.columns)
    found = _one_way(found)
    dates = sample.joined(found.get("start", []))
    if "key" in found and len(set(sample.columns[found["key"][0]])) < len(sample.columns[found["key"][0]]):
        again = found.pop("key")
        found.setdefault("call", again)
    if "call" in found and not _is_shared(sample.columns[found["call"][0]], dates):
        del found["call"]
    if "result" in found and "answer" in found and _says_nothing(sample, found):
        del found["result"]
    if "duration" in found and "talk" not in found and _is_talk(sample, found):
        found["talk"] = found.pop("duration")
    if not sample.header and {"duration", "talk"} <= set(found) and _is_ring(sample, found):
        found["ring"] = found.pop("duration")
    return {field: found[field] for field in HEADINGS if field in found}


def plain(name: str | int) -> str:
    """A heading without blanks or unit: `callerNumber`, `Caller_Number` and `caller.number` are `callernumber`."""
    words = re.sub(r"[^\w]+|_+", " ", _SPLIT.sub(" ", str(name))).strip().casefold()
    return _UNIT.sub("", words).replace(" ", "")


def is_answered(column: str | int) -> bool:
    """Whether a column only says if a call was answered."""
    return plain(column) in ("answered", "besvaret", "angenommen", "answerindicator")


def _by_heading(columns: Columns) -> Fields:
    """Each field's column: the first heading of its list that is there and has suitable values."""
    named = {plain(name): name for name in reversed(list(columns))}
    found = dict(_apart(named, columns))
    for field, words in HEADINGS.items():
        taken = {column for some in found.values() for column in some}
        there = [named[word] for word in _list(words) if word in named and named[word] not in taken]
        good = next((column for column in there if _holds(field, [value for value in columns[column] if value])), None)
        if good is None and field in _ANYHOW:
            good = next((column for column in there if plain(column) not in _VAGUE), None)
        if good is not None and field not in found:
            found[field] = [good]
    return found


def _list(words: str) -> list[str]:
    return [word.replace(" ", "") for word in words.split(", ")]


def _apart(named: dict[str, str | int], columns: Columns) -> Iterator[tuple[str, list[str | int]]]:
    """Fields whose date and time of day are in two columns."""
    for field, both in APART.items():
        day, clock = (next((named[word] for word in _list(words) if word in named), None) for words in both)
        if day is not None and clock is not None and day != clock and not date_of(columns[clock]):
            yield field, [day, clock]


_ANYHOW = ("start", "caller", "callee", "result", "direction", "call", "key", "caller_name", "callee_name")
"""Fields that are proposed even if none of their values is recognized."""

_VAGUE = ("type", "typ", "tipo", "calltype", "user", "answered", "besvaret", "angenommen")
"""Headings that may be above anything."""

_HOLDS: dict[str, Callable[[Sequence[str]], bool]] = {
    **dict.fromkeys(("start", "answer", "end"), lambda values: bool(date_of(values))),
    **dict.fromkeys(
        ("talk", "ring", "duration"), lambda values: all(map(_LENGTH.fullmatch, values)) and not date_of(values)
    ),
    **dict.fromkeys(
        ("caller", "callee", "own", "other", "dialled"), lambda values: any(re.search(r"\d", one) for one in values)
    ),
    "direction": lambda values: any(value.casefold() in DIRECTIONS for value in values),
}


def _holds(field: str, values: Sequence[str]) -> bool:
    """Whether the values suit a field."""
    return bool(values) and _HOLDS.get(field, bool)(values)


def _by_shape(columns: Columns) -> Fields:
    """The same without a heading: the first dates are the start, the first two columns of numbers caller and callee."""
    found: Fields = {}
    words = {"result": RESULTS, "direction": DIRECTIONS}
    for column, values in columns.items():
        some = [value for value in values if value]
        if not some or [column] == found.get("start", [])[1:]:
            continue
        if date := date_of(some):
            names: tuple[str, ...] = ("start", "answer", "end")
        elif all(FACE.fullmatch(value) for value in some):
            names = ("duration", "talk")
        elif any(value.startswith("+") or len(value) >= 8 for value in some) and all(map(NUMBER.fullmatch, some)):
            names = ("caller", "callee")
        else:
            names = tuple(name for name, known in words.items() if all(value.casefold() in known for value in some))
        for name in names:
            if name not in found:
                found[name] = [column, *_clock_beside(column, date, columns)]
                break
    return found


def _clock_beside(column: str | int, date: str, columns: Columns) -> list[str | int]:
    """The column after a column of days, if it has times of day."""
    beside = column + 1 if isinstance(column, int) else 0
    is_day = date in DAY_FORMATS or (date == "iso" and all(len(value) <= 10 for value in columns[column]))
    clocks = [value for value in columns.get(beside, []) if value]
    return [beside] if is_day and clocks and all(map(FACE.fullmatch, clocks)) else []


def _one_way(found: Fields) -> Fields:
    """Either caller and callee, or the phone and the other end: whichever pair is complete."""
    is_whole = {"caller", "callee"} <= set(found) or not {"own", "other"} <= set(found)
    left_out = ("own", "other") if is_whole else ("caller", "callee")
    return {field: columns for field, columns in found.items() if not field.startswith(left_out)}


def _is_shared(ids: Sequence[str], dates: Sequence[str]) -> bool:
    """Whether rows with the same id may be one call: they lie within a day."""
    form, times = date_of(dates), dict[str, list[float]]()
    for one, written in zip(ids, dates, strict=True) if form else ():
        if one and written:
            times.setdefault(one, []).append(moment(form, written).timestamp())
    return all(max(some) - min(some) <= DAY_MS / 1000 for some in times.values())


def _says_nothing(sample: Sample, found: Fields) -> bool:
    """Whether a word for answered calls is also in rows without an answer: it only means that the call is over."""
    answers: dict[str, set[bool]] = {}
    for word, answer in zip(sample.joined(found["result"]), sample.joined(found["answer"]), strict=True):
        answers.setdefault(word.casefold(), set()).add(bool(answer))
    return any(len(both) > 1 for word, both in answers.items() if RESULTS.get(word) == Result.ANSWERED)


def _is_ring(sample: Sample, found: Fields) -> bool:
    """Whether the column before the talk is no total duration, because some of its values are shorter than the talk."""
    before, talk = (map(_length_ms, sample.joined(found[field])) for field in ("duration", "talk"))
    return any(0 < short < long for short, long in zip(before, talk, strict=True))


def _length_ms(written: str) -> int:
    try:
        return length_of(written, "hh:mm:ss")
    except UnusableError:
        return 0


def _is_talk(sample: Sample, found: Fields) -> bool:
    """Whether a duration is that of the talk alone: it is 0 in most rows of calls that rang without an answer."""
    durations = sample.joined(found["duration"])
    if "answer" in found:
        rang = [not answer for answer in sample.joined(found["answer"])]
    elif "result" in found:
        rang = [RESULTS.get(word.casefold()) in _RANG for word in sample.joined(found["result"])]
    else:
        rang = [not re.search(r"[1-9]", duration) for duration in durations]
    of_those = [not re.search(r"[1-9]", duration) for duration, is_one in zip(durations, rang, strict=True) if is_one]
    return 2 * sum(of_those) > len(of_those)
