"""What is cut off anywhere is read as in the whole, or kept as rejected: never with another value."""

import csv
import io

import pytest

from fuzz.atheris_run import SEEDS
from fuzz.damaged import legs, read_in
from pbxtally.calls import Leg
from pbxtally.hosting import place_of
from pbxtally.records import MAYBE_TRUNCATED, Rejected
from pbxtally.sources import SOURCES
from test_hosting import Operator, switch_of

SAMPLES = [(path.parent.name, path.name) for path in sorted(SEEDS.glob("*/*")) if path.parent.name in SOURCES]

HEADED = [
    ("asterisk", "export.csv"),
    ("cucm", "cdr"),
    ("fusionpbx", "table.csv"),
    ("generic", "table.csv"),
    ("kamailio", "acc.csv"),
    ("teams", "pstn.csv"),
    ("teams", "routed.csv"),
]
"""Tables whose columns may stand in any order."""


def check_cuts(name, data, places):
    whole = set(legs(name, data))
    for place in places:
        assert set(legs(name, data[:place])) <= whole, data[:place]


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_file_cut_at_any_byte_says_nothing_that_the_whole_one_does_not(name, sample):
    data = (SEEDS / name / sample).read_bytes()
    check_cuts(name, data, range(len(data)))


@pytest.mark.parametrize(("name", "sample"), HEADED)
def test_nor_does_it_whichever_column_is_the_last(name, sample):
    text = (SEEDS / name / sample).read_text(encoding="utf-8-sig")
    separator = ";" if text.count(";") > text.count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    first = 1 if name == "cucm" else 0  # its first column says what a record is
    for last in range(first, len(rows[0])):
        data = written([[*row[:last], *row[last + 1 :], row[last]] for row in rows], separator)
        assert legs(name, data), data
        check_cuts(name, data, range(data.rindex(b"\n", 0, -1) + 1, len(data)))


def written(rows, separator):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize(
    ("name", "sample"),
    [*HEADED, ("3cx", "lines.csv"), ("asterisk", "columns-21.csv"), ("freeswitch", "snom.csv"), ("queue_log",) * 2],
)
def test_a_last_line_without_its_newline_is_rejected_and_says_what_helps(name, sample):
    data = (SEEDS / name / sample).read_bytes()
    assert isinstance(read_in(name, data)[-1], Leg)
    cut = read_in(name, data.rstrip(b"\n"))[-1]
    assert isinstance(cut, Rejected) and cut.reason == MAYBE_TRUNCATED
    assert MAYBE_TRUNCATED.endswith("if it is whole, give it again with a newline behind it")


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("freeswitch", "base64"),
        ("freeswitch", "posted"),
        ("freeswitch", "leg.xml"),
        ("grandstream", "flat.xml"),
        ("telecomx", "records.jsonl"),
        ("yeastar", "report.json"),
    ],
)
def test_what_says_itself_where_it_ends_needs_no_newline(name, sample):
    data = (SEEDS / name / sample).read_bytes().rstrip(b"\n")
    assert all(isinstance(one, Leg) for one in read_in(name, data))


def test_a_word_that_is_cut_off_names_no_customer_of_a_hosted_switch():
    row = (SEEDS / "freeswitch" / "linksys.csv").read_bytes().partition(b',"PCMU"')[0] + b"\n"
    switch = switch_of(Operator("freeswitch", tenants={"acme": "a" * 24, "acm": "b" * 24}))
    [whole] = switch.parts([row])
    assert (whole.customer, len(whole.legs)) == ("a" * 24, 1)
    for place in range(1, len(row)):
        [cut] = switch.parts([row[:place]])
        assert (cut.customer, cut.legs, len(cut.rejected)) == (place_of("hosted"), [], 1)
