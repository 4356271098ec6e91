"""Propose a mapping from the first rows of a file: by the words of its heading and the form of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from statistics import median
from typing import Any
from zoneinfo import available_timezones

from pbxtally.calls import Result
from pbxtally.sources.generic_columns import Fields, fields_of, is_answered, plain
from pbxtally.sources.generic_dates import date_of, fits, moment, other_order
from pbxtally.sources.generic_headings import NO, YES, ZONES
from pbxtally.sources.generic_mapping import DIRECTION_WORDS, LENGTHS, RESULT_WORDS, UNITS, needed
from pbxtally.sources.generic_sample import SAMPLE, Sample
from pbxtally.sources.generic_times import UnusableError, length_of
from pbxtally.sources.generic_words import DIRECTIONS, RESULTS

__all__ = ["SAMPLE", "proposal"]


def proposal(records: Sequence[bytes]) -> str:
    """A mapping in TOML, with comments where somebody has to check."""
    sample = Sample(records)
    fields = fields_of(sample)
    start = sample.joined(fields.get("start", []))
    lines = ["# A proposal: look at each line, then try it with: load FILE --source generic --layout @THIS --check"]
    lines += [f'format = "{sample.format}"'] if sample.format != "csv" else []
    lines += ["header = false"] if not sample.header else []
    lines += [f"delimiter = {_quoted(sample.delimiter)}"] if sample.delimiter not in ("", ",") else []
    lines += [f'encoding = "{sample.encoding}"  # the file is not UTF-8'] if sample.encoding else []
    lines += [_zone_line(fields.get("start", []), sample), _date_line(start)]
    lines += ["", "[fields]", *_field_lines(fields, sample)]
    lines += _unit_lines(fields, sample)
    lines += _word_lines("results", _words(fields, "result", sample), _results(fields), RESULT_WORDS)
    lines += _word_lines("directions", _words(fields, "direction", sample), DIRECTIONS, DIRECTION_WORDS)
    return "\n".join(lines) + "\n"


def _zone_line(start: Sequence[str | int], sample: Sample) -> str:
    if any(re.search(r"(?i)\b(utc|gmt)\b", str(name)) for name in start):
        return 'zone = "UTC"  # the heading says so'
    named = next((column for column in sample.columns if plain(column) in ZONES), None)
    zones = sorted({value for value in sample.columns[named] if value}) if named is not None else []
    if zones:
        is_one = len(zones) == 1 and zones[0] in available_timezones()
        said = "zone" if is_one else "# zone"
        why = "as its column says" if is_one else f"its column says {_one_line(', '.join(zones))}; a mapping has one"
        return f"{said} = {_quoted(zones[0])}  # {why}"
    return '# zone = "Europe/Copenhagen"  # else --timezone, else the customer\'s'


def _date_line(start: Sequence[str]) -> str:
    date = date_of(start)
    if not date:
        example = next((f", as {_quoted(value)} is written" for value in start if value), "")
        return f'# date = "%d-%m-%Y %H:%M:%S"  # say the format{example}'
    other = other_order(date)
    if not other or not all(fits(other, value) for value in start if value):
        return f'date = "{date}"'
    first = "day" if other.index("%d") < other.index("%m") else "month"
    return f'date = "{date}"  # or is the {first} first? then {other}'


def _field_lines(fields: Fields, sample: Sample) -> Iterator[str]:
    for field, columns in fields.items():
        example = next((value for value in sample.columns[columns[0]] if value), "")
        said = ", ".join(_quoted(column) for column in columns)
        yield f"{field} = {f'[{said}]' if len(columns) > 1 else said}" + (
            f"  # {_one_line(example)}" if example else ""
        )
    for field in needed(fields):
        if field not in fields:
            yield f"# {field} =  # needed: which column is it?"
    if not {"end", "duration", "talk"} & set(fields):
        yield "# duration =  # needed: a column for one of end, duration and talk"
    if not {"result", "answer", "talk"} & set(fields):
        yield "# result =  # needed: a column for one of result, answer and talk"
    if not {"talk", "answer", "ring"} & set(fields):
        yield "# talk =  # without a column for talk, answer or ring all of a call that was answered counts as talk"
    if "call" not in fields:
        yield "# call =  # which column do the rows of one call share? without it every row is a call"
    taken = {column for columns in fields.values() for column in columns}
    left = [_one_line(str(column)) for column in sample.columns if column not in taken]
    if left:
        yield f"# not used: {', '.join(left)}"


def _unit_lines(fields: Fields, sample: Sample) -> Iterator[str]:
    lengths = [field for field in LENGTHS if field in fields]
    if lengths:
        yield "\n[units]"
    for field in lengths:
        [column] = fields[field]
        values = sample.columns[column]
        unit, doubt = _measured(field, fields, sample), ""
        if not unit:
            unit, doubt = _unit(str(column), [value for value in values if value])
        yield f'{field} = "{unit}"' + (f"  # {doubt}" if doubt else "")


_BETWEEN = {"talk": ("answer", "end"), "ring": ("start", "answer"), "duration": ("start", "end")}


def _measured(field: str, fields: Fields, sample: Sample) -> str:
    """The unit in which most lengths agree with the time between two moments in their rows; "" if none does."""
    first, last = (sample.joined(fields.get(one, [])) for one in _BETWEEN[field])
    forms = date_of(first), date_of(last)
    found: dict[str, int] = {}
    for value, since, until in zip(sample.columns[fields[field][0]], first, last, strict=False) if all(forms) else ():
        between = (moment(forms[1], until) - moment(forms[0], since)).total_seconds() if since and until else 0
        for unit in UNITS if between > 0 else ():
            with suppress(UnusableError):
                found[unit] = found.get(unit, 0) + (abs(length_of(value, unit) / 1000 - between) <= 1 + between / 10)
    return max(found, key=found.__getitem__) if any(found.values()) else ""


def _unit(name: str, values: Sequence[str]) -> tuple[str, str]:
    """How lengths are written, and what is doubtful about it."""
    if any(re.search(r"[:'a-z]", value, re.IGNORECASE) for value in values):
        parts = max(value.count(":") + value.count("'") for value in values)
        is_short = parts == 1 and any(":" in value for value in values)
        return "hh:mm:ss", 'is 1:23 a minute and 23 seconds? of hours and minutes say "hh:mm"' if is_short else ""
    if re.search(r"(?i)\b(min|minutes|minutter|minuten|minutos)\b", name):
        return "min", ""
    lengths = [value for value in values if re.fullmatch(r"\d+([.,]\d+)?", value)]
    some = [length for value in lengths if (length := float(value.replace(",", ".")))]
    in_ms = re.search(r"(?i)(?<![a-z])ms$|(?-i:(?<=[a-z])M[sS]$)|msec$|milliseconds$", name)
    if in_ms or (some and median(some) >= 10_000):
        return "ms", ""
    if some and max(some) < 1 and median(some) < 0.02:
        return "d", "parts of a day, as spreadsheets count time"
    is_parted = any(not length.is_integer() for length in some)
    return "s", 'these have parts: of minutes say "min"' if is_parted else ""


def _words(fields: Fields, field: str, sample: Sample) -> list[str]:
    return list(dict.fromkeys(sample.joined(fields[field]))) if field in fields else []


def _results(fields: Fields) -> dict[str, int]:
    """The words for results; in a column that only says whether a call was answered, also yes and no."""
    if not any(is_answered(column) for column in fields.get("result", [])):
        return RESULTS
    said = {word: int(Result.ANSWERED) for word in YES.split(", ")}
    return RESULTS | said | {word: int(Result.UNANSWERED) for word in NO.split(", ")}


def _word_lines(table: str, words: Collection[str], known: Mapping[str, int], ours: dict[str, Any]) -> Iterator[str]:
    if not words:
        return
    names = {value: name for name, value in ours.items()}
    yield f"\n[{table}]"
    for word in list(words)[:20]:
        found = known.get(word.casefold())
        if found is None:
            yield f'# {_quoted(word)} = ""  # one of {", ".join(ours)}'
        else:
            yield f'{_quoted(word)} = "{names[found if table == "directions" else Result(found)]}"'


def _quoted(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _one_line(value: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in value[:60])
