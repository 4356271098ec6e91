"""Many of FreeSWITCH's documents in one body or file: in an array of JSON, over lines or on a single one."""

import json

import pytest

from pbxtally.sources import freeswitch_documents
from pbxtally.sources.freeswitch_documents import DOCUMENT_BYTES
from sources.freeswitch_records import a_leg, b_leg, leg, reason, taken_apart

PAIR = [a_leg(), b_leg()]
WHOLE = [json.dumps(one).encode() for one in PAIR]
ARRAYS = {
    "on a line": json.dumps(PAIR),
    "indented": json.dumps(PAIR, indent=2),
    "a document a line": "[\n" + ",\n".join(map(json.dumps, PAIR)) + "\n]\n",
    "the comma before": "[" + "\n,".join(map(json.dumps, PAIR)) + "]\r\n",
    "no brackets": ",\n".join(map(json.dumps, PAIR)) + "\n",
    "an array each": "".join(f"[{json.dumps(one)}]\n" for one in PAIR),
    "marked as UTF-8": "\ufeff" + json.dumps(PAIR),
}


@pytest.mark.parametrize("array", ARRAYS)
def test_the_documents_of_an_array_are_read_like_those_of_files_of_their_own(array):
    assert [leg(one) for one in taken_apart(ARRAYS[array].encode())] == [leg(one) for one in WHOLE]


def test_an_array_of_nothing_holds_no_record():
    assert taken_apart(b"[]") == taken_apart(b" [ ]\n") == []


def test_of_an_array_that_is_cut_off_the_last_document_is_rejected():
    [first, second] = taken_apart(json.dumps(PAIR).encode()[:-20])
    assert leg(first) == leg(WHOLE[0])
    assert reason(second) == "not JSON; is the document cut off?"


def test_a_row_of_commas_is_no_array():
    assert taken_apart(b",,,,\n") == [b",,,,\n"]


@pytest.mark.parametrize(
    ("before", "between", "behind"), [("", "", ""), ("", " ", "\n"), ("[", ",", "]"), ("[ ", " , ", " ]\n")]
)
def test_of_a_line_of_any_length_every_document_is_read(before, between, behind):
    """What stood behind the first 256 KiB of a line was lost, and nobody was told."""
    wanted = [json.dumps({"n": number, "filler": "x" * 5_000}).encode() for number in range(120)]
    line = before.encode() + between.encode().join(wanted) + behind.encode()
    assert len(line) > 2 * DOCUMENT_BYTES
    assert [found.strip() for found in taken_apart(line)] == wanted


@pytest.mark.parametrize("longest", range(30, 80))
def test_it_does_not_matter_where_the_pieces_of_a_long_line_end(monkeypatch, longest):
    monkeypatch.setattr(freeswitch_documents, "DOCUMENT_BYTES", longest)
    monkeypatch.setattr(freeswitch_documents, "_PIECE", longest + 1)
    wanted = [json.dumps({"n": "}{" * (number % 7)}).encode() for number in range(30)]
    for line in (
        b"".join(wanted),
        b" ".join(wanted),
        b"[" + b", ".join(wanted) + b"]",
        b"[ " + b" ,".join(wanted) + b" ]\n",
    ):
        assert [found.strip() for found in taken_apart(line)] == wanted


def test_a_document_that_is_too_long_takes_the_rest_of_its_line_and_no_more():
    long = json.dumps(a_leg(last_arg="x" * 3 * DOCUMENT_BYTES)).encode()
    [before, first, last] = taken_apart(WHOLE[0] + long + WHOLE[1] + b"\n" + WHOLE[1] + b"\n")
    assert (leg(before), leg(last)) == (leg(WHOLE[0]), leg(WHOLE[1]))
    assert reason(first) == f"the record is longer than {DOCUMENT_BYTES} bytes"
