import gzip
import io
import tarfile

import pytest

from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, Evidence, Source
from pbxtally.streams import LOOK_AHEAD, objects, records_in

ANY = Source(lambda records, reading: iter(()), Evidence.REAL_RECORDS)


def lines_of(content):
    return list(records_in(io.BufferedReader(io.BytesIO(content)), ANY))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
def test_lines_come_as_they_are_the_last_one_also_without_its_end(pack):
    assert lines_of(pack(b"one\n\ntwo\r\nthree")) == [b"one\n", b"\n", b"two\r\n", b"three"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
def test_lines_that_end_with_cr_alone_are_lines(encoding, pack):
    text = "one\r\rtwo;2\r" + "three\r" * 20_000
    wanted = [b"one\n", b"\n", b"two;2\n", *[b"three\n"] * 20_000]
    assert lines_of(pack(text.encode(encoding))) == wanted


@pytest.mark.parametrize(
    "lines",
    [
        (b"a\rb\r\n", b"c\r\n"),
        (b"a\rb\n", b"c\n"),
        (b"a" * (LOOK_AHEAD - 1) + b"\r\n", b"c\r\n"),
        (b"a" * (LOOK_AHEAD + 1) + b"\rb\r\n", b"c\r\n"),
        (b"a\r",),
    ],
)
def test_a_cr_inside_a_line_ends_none(lines):
    assert lines_of(b"".join(lines)) == [*lines]


def test_the_mark_of_utf_8_is_no_part_of_the_first_record():
    assert lines_of("\ufeffone\ntwo\n".encode()) == [b"one\n", b"two\n"]


def test_compressed_files_that_were_put_together_are_one():
    assert lines_of(gzip.compress(b"one\n") + gzip.compress(b"two\n")) == [b"one\n", b"two\n"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
def test_a_tar_archive_is_refused_for_as_text_it_would_lack_the_first_line_of_each_file(pack):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name in ("one.csv", "two.csv"):
            (named := tarfile.TarInfo(name)).size = 8
            archive.addfile(named, io.BytesIO(b"one\ntwo\n"))
    with pytest.raises(SourceError, match="it is a tar archive: unpack it, and load the files in it"):
        lines_of(pack(whole.getvalue()))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "compressed"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_windows_saved_as_unicode_is_read_as_utf_8(encoding, pack):
    text = "\ufeff" + "Æble;☎;😀\r\n" * 20_000 + "two"
    assert lines_of(pack(text.encode(encoding))) == ["Æble;☎;😀\r\n".encode()] * 20_000 + [b"two"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_told_by_the_zeros_of_latin_letters(encoding):
    text = "Start;Opkald;Varighed æøå\r\n☎;2;3\r\n"
    assert b"".join(lines_of(text.encode(encoding))) == text.encode()


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_of_utf_16_that_is_cut_inside_a_character_the_lines_before_are_good(cut):
    assert lines_of("one\ntwo 😀".encode("utf-16")[:-cut])[0] == b"one\n"


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


OBJECTS = Source(lambda records, reading: iter(()), Evidence.REAL_RECORDS, objects)


def objects_of(content):
    return list(records_in(io.BufferedReader(io.BytesIO(content)), OBJECTS))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}{"b": {"c": "}"}}',
        b'{"a": 1}\n\n{"b": {"c": "}"}}\n',
        b'\xef\xbb\xbf[ {"a": 1} ,\n {"b": {"c": "}"}} ]\n',
        b'{"cdr": [ {"a": 1}, {"b": {"c": "}"}} ] }',
        b'{"status": 0, "of": "x", "value":[{"a": 1},{"b": {"c": "}"}}], "more": null}',
    ],
    ids=["side by side", "lines", "array", "wrapped", "wrapped with scalars beside"],
)
def test_objects_come_one_by_one_however_they_stand(content):
    assert objects_of(content) == [b'{"a": 1}', b'{"b": {"c": "}"}}']


def test_an_object_may_have_many_lines_and_brackets_and_quotes_inside_strings():
    pretty = b'{\n  "a": "}\\"{",\n  "b": [ {"c": 1}, {"d": []} ]\n}'
    assert objects_of(pretty + b"\n" + pretty) == [pretty, pretty]


@pytest.mark.parametrize("cut", range(1, 16))
def test_a_cut_off_object_does_not_take_the_next_ones_with_it(cut):
    whole = b'{"a": "x", "b": 2}'
    found = objects_of(whole[:cut] + b"\n" + whole + b"\n" + whole)
    assert found[-1] == whole
    assert b"".join(found).replace(b"\n", b"") == whole[:cut] + whole + whole


def test_what_is_no_object_is_a_record_too():
    assert objects_of(b'sorry\n{"a": 1} oops {"b": 2}') == [b"sorry", b'{"a": 1}', b"oops ", b'{"b": 2}']
    assert objects_of(b"") == objects_of(b" \n[]") == []


def test_of_an_object_that_is_too_long_only_the_beginning_is_read():
    for much in (b'{"a": "' + b"x" * 3 * MANY_BYTES + b'"}', b'{"a": [' + b'"x", ' * MANY_BYTES + b"1]}"):
        assert [len(one) for one in objects_of(b'{"b": 1}' + much + b'\n{"c": 1}')][:2] == [8, MANY_BYTES + 1]


def test_objects_do_not_depend_on_how_a_stream_is_delivered():
    class Dripping(io.BytesIO):
        def read1(self, size=-1):
            return super().read1(3)

    content = b'{"cdr": [{"a": "b\\"c"}, {"d": [1, {"e": {}}]}]}'
    assert list(objects(Dripping(content))) == objects_of(content)
