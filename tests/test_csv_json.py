"""A line is read, and written, as the standard library does it: only sooner."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxtally.csv_json import cells_of, from_json, to_json

ODD = [
    "NaN",
    "[1e999, -0, 123456789012345678901234567890]",
    '"\\ud800"',
    "\ufeff{}",
    '{"a": 1',
    "[" * 100_000,
    "",
    "01",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"))
DOCUMENTS = st.recursive(SCALARS, lambda some: st.lists(some) | st.dictionaries(st.text(), some), max_leaves=9)
MANY_CHARACTERS = st.text(st.characters())  # half surrogate pairs too


def outcome(read, *written):
    """What it gives, with its types, or the error that it raises."""
    try:
        return repr(read(*written))
    except (ValueError, RecursionError, csv.Error) as why:
        return repr(why)


@pytest.mark.parametrize("written", [*ODD, b'"\xff"', b'"\xed\xa0\x80"', b"\xef\xbb\xbf[]", '"æ"'.encode("utf-16")])
def test_what_is_hardly_json_is_what_json_loads_makes_of_it(written):
    assert outcome(from_json, written) == outcome(json.loads, written)


@given(DOCUMENTS, st.integers(0, 40))
def test_a_document_whole_or_cut_off_is_what_json_loads_makes_of_it(document, cut):
    written = json.dumps(document)
    for part in (written, written[:cut], written.encode()[:cut]):
        assert outcome(from_json, part) == outcome(json.loads, part)


@given(st.dictionaries(MANY_CHARACTERS, st.none() | MANY_CHARACTERS))
def test_a_row_is_written_as_json_dumps_writes_it(row):
    assert to_json(row) == json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


@given(st.text(st.sampled_from('"",; ab\t\0é')), st.sampled_from(",;\t|"))
def test_cells_are_those_of_the_csv_module(line, separator):
    strictly = csv.reader((line,), strict=True, delimiter=separator)
    assert outcome(cells_of, line, separator) == outcome(lambda: next(strictly))
