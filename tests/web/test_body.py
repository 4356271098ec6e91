"""What is read as an object, and where the description says the trouble is."""

import time

import pytest

from pbxtally.demo.page import PAGE_QUERY
from pbxtally.errors import BadRequestError
from pbxtally.web.body import DEPTH, LOOSE_CHARACTERS, read_object


def complaint(body):
    with pytest.raises(BadRequestError) as caught:
        read_object(body)
    return caught.value.description


def test_the_pages_own_notation_is_read_as_if_it_were_json():
    read = read_object(PAGE_QUERY.encode())
    assert read["employees"] == ["12345678901234567890AAAA", "12345678901234567890BBBB"]
    assert read["ignoreLocal"] is True
    assert read_object(b"{a: 'it\\'s', b: [1, .5, null,], /* more */ \"c\": 0x10}") == {
        "a": "it's",
        "b": [1, 0.5, None],
        "c": 16,
    }


@pytest.mark.parametrize(
    ("body", "described"),
    [
        (b"null", "The body is null, not an object (line 1, column 1)"),
        (b"\n  [1]", "The body is an array, not an object (line 2, column 3)"),
        (b'"x"', "The body is a text, not an object (line 1, column 1)"),
        (b"'x'", "The body is a text, not an object (line 1, column 1)"),
        (b"true", "The body is a boolean, not an object (line 1, column 1)"),
        (b"-0", "The body is a number, not an object (line 1, column 1)"),
        (b"{", "The body is not a JSON object (line 1, column 2)"),
        (b'{"from": 1,\n "to" 2}', "The body is not a JSON object (line 2, column 7)"),
        (b'{"from": 1} x', "The body is not a JSON object (line 1, column 13)"),
        (b"{a:1e}", "The body is not a JSON object (line 1, column 2)"),
        (b'{\n"a": "\xff"}', "The body is not UTF-8 (line 2, column 7)"),
        ('{"a": 1}'.encode("utf-16"), "The body is not UTF-8 (line 1, column 1)"),
        (b"\x1f\x8b\x08\x00", "The body is not UTF-8 (line 1, column 2)"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(body, described):
    assert complaint(body) == described


def test_a_long_body_that_is_not_json_is_not_tried_otherwise():
    assert complaint(b"{a: '" + b"x" * LOOSE_CHARACTERS + b"'}") == (
        "The body is not JSON (line 1, column 2: Expecting property name enclosed in double quotes)"
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"from": 1, "to": 2, "from": 3}', '"from"'),
        (b"{from: 1, to: 2, from: 3}", '"from"'),
        (b'{from: 1, to: 2, "from": 3}', '"from"'),
        (b'{"a": [{"b": {"\\u0063": 1, "c": 2}}]}', '"c"'),
        (b"{a: [{b: {c: 1, 'c': 1}}]}", '"c"'),
    ],
)
def test_a_member_given_twice_anywhere_is_refused_by_name(body, name):
    assert complaint(body) == f"Member {name} is given twice"


@pytest.mark.parametrize("digits", [401, 4300, 5000, 100_000])
def test_a_number_may_be_as_long_as_a_number_can_be(digits):
    assert complaint(b'{"a": ' + b"1" * digits + b"}") == "A number has more than 400 digits"
    assert read_object(b'{"a": ' + b"1" * 400 + b"}") == {"a": int("1" * 400)}


@pytest.mark.parametrize("body", [rb'{"a": "\ud800"}', rb'{"a": [["\udfff x"]]}', rb'{"\ud800": 1}', rb"{a: '\uD800'}"])
def test_half_a_character_is_refused(body):
    assert complaint(body) == "A string contains half a character (a lone surrogate)"


def test_a_whole_character_in_two_escapes_is_read():
    assert read_object(rb'{"a": "\ud83d\ude00"}') == {"a": "😀"}


@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_thirty_two_levels_are_read_and_no_more(opening, closing):
    inside = DEPTH - 1
    assert read_object(b'{"a":' + opening * inside + b"0" + closing * inside + b"}")
    assert "The body nests" in complaint(b'{"a":' + opening * (inside + 1) + b"0" + closing * (inside + 1) + b"}")
    assert "The body nests" in complaint(b'{"a":' + opening * 100_000)


@pytest.mark.parametrize("part", [b"1,", b"[", b"{a:", b" ", b"/**/", b"'", b"\\u0041", b"e", b"9", b"a:1,"])
def test_nobody_can_keep_the_reader_busy(part):
    body = b"{a:[" + part * ((LOOSE_CHARACTERS - 4) // len(part))
    started = time.thread_time()
    complaint(body)
    assert time.thread_time() - started < 10  # not a speed, but an end: without a limit it would be hours
