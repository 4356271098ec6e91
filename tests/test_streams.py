import gzip
import io

import pytest

from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, Grounds, Source
from pbxtally.streams import records_in

ANY = Source(lambda records, reading: iter(()), Grounds.REAL_RECORDS)


def lines_of(content):
    return list(records_in(io.BufferedReader(io.BytesIO(content)), ANY))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
def test_lines_come_as_they_are_the_last_one_also_without_its_end(pack):
    assert lines_of(pack(b"one\n\ntwo\r\nthree")) == [b"one\n", b"\n", b"two\r\n", b"three"]


def test_compressed_files_that_were_put_together_are_one():
    assert lines_of(gzip.compress(b"one\n") + gzip.compress(b"two\n")) == [b"one\n", b"two\n"]


@pytest.mark.parametrize(("content", "lines"), [(b"", []), (gzip.compress(b"", mtime=0), []), (b"\x1f", [b"\x1f"])])
def test_what_is_too_short_to_tell_is_read_as_it_is(content, lines):
    assert lines_of(content) == lines


def test_of_a_line_that_is_too_long_only_the_beginning_is_read():
    much = b"x" * (3 * MANY_BYTES)
    assert [len(line) for line in lines_of(b"one\n" + much + b"\ntwo\n" + much)] == [
        4,
        MANY_BYTES + 1,
        4,
        MANY_BYTES + 1,
    ]


@pytest.mark.parametrize("longer", [0, 1, 2])
def test_the_line_after_one_that_is_just_too_long_is_whole(longer):
    line = b"x" * (MANY_BYTES - 1 + longer) + b"\n"
    assert lines_of(line + b"two\n")[1:] == [b"two\n"]


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:-8] + b"12345678"])
def test_where_compressed_data_is_damaged_the_lines_before_are_good(damage):
    packed = damage(gzip.compress(b"one\ntwo\n"))
    read = records_in(io.BufferedReader(io.BytesIO(packed)), ANY)
    with pytest.raises(SourceError, match="damaged or cut off"):
        for line in read:
            assert line in (b"one\n", b"two\n")
