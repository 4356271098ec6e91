"""A growing file: what is read of it, whatever is done to it meanwhile."""

import gzip
import os
import shutil
import time
from contextlib import closing

import pytest

from pbxtally.collectors import tail
from pbxtally.collectors.tail import Tail


class Reader:
    """Reads a file's lines and remembers where it was, as a command does."""

    def __init__(self, path):
        self.path = path
        self.position = None
        self.tail = Tail(path, settled_seconds=0)

    def restart(self):
        self.tail.close()
        self.tail = Tail(self.path, self.position, settled_seconds=0)

    def news(self):
        found = b""
        for _ in range(8):  # a file that ends and the one that follows are not read in one look
            piece = self.tail.next()
            if piece is not None:
                found += piece.lines
                self.position = piece.after
                self.tail.acknowledge(piece)
        return found.splitlines()


@pytest.fixture
def cdr(tmp_path):
    return tmp_path / "Master.csv"


@pytest.fixture
def reader(cdr):
    cdr.touch()
    reader = Reader(cdr)
    yield reader
    reader.tail.close()


def write(path, text):
    with path.open("ab") as file:
        file.write(text)


def compress(path):
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def test_what_is_appended_is_read_once(cdr, reader):
    write(cdr, b"1\n2\n")
    assert reader.news() == [b"1", b"2"]
    assert reader.news() == []
    write(cdr, b"3\n")
    assert reader.news() == [b"3"]


def test_the_end_of_a_line_is_waited_for(cdr, reader):
    write(cdr, b"1\n2,hal")
    assert reader.news() == [b"1"]
    write(cdr, b"f\n")
    assert reader.news() == [b"2,half"]


def test_a_file_that_is_renamed_is_read_to_its_end_and_then_the_new_one(cdr, reader):
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    write(cdr, b"2\n")
    cdr.rename(cdr.with_name("Master.csv.1"))
    assert reader.news() == [b"2"]
    write(cdr.with_name("Master.csv.1"), b"3\n")  # who writes still has it open
    assert reader.news() == [b"3"]
    write(cdr, b"4\n")
    assert reader.news() == [b"4"]


def test_a_renamed_file_is_given_time_while_its_successor_is_there(cdr):
    write(cdr, b"1\n")
    with closing(Tail(cdr, settled_seconds=60)) as tail:
        tail.acknowledge(tail.next())
        cdr.rename(cdr.with_name("Master.csv.1"))
        write(cdr, b"3\n")
        assert tail.next() is None
        write(cdr.with_name("Master.csv.1"), b"2\n")
        assert tail.next().lines == b"2\n"


def test_renamed_files_that_are_long_quiet_are_caught_up_with_at_once(cdr):
    write(cdr, b"1\n")
    with closing(Tail(cdr, settled_seconds=60)) as tail:
        tail.acknowledge(tail.next())
        long_ago = time.time() - 3600
        for number, line in enumerate((b"2\n", b"3\n")):
            cdr.rename(cdr.with_name(f"Master.csv.{number}"))
            os.utime(cdr.with_name(f"Master.csv.{number}"), (long_ago, long_ago + number))
            write(cdr, line)
        for expected in (b"2\n", b"3\n"):
            piece = tail.next()
            assert piece.lines == expected
            tail.acknowledge(piece)


@pytest.mark.parametrize("is_running", [True, False])
def test_a_file_that_is_copied_and_emptied_is_found_in_its_copy(cdr, reader, is_running):
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    write(cdr, b"2\n")
    shutil.copy2(cdr, cdr.with_name("Master.csv.1"))
    os.truncate(cdr, 0)
    write(cdr, b"3\n4\n5\n")
    if not is_running:
        reader.restart()
    assert reader.news() == [b"2", b"3", b"4", b"5"]
    assert not reader.tail.lost


def test_a_file_that_is_emptied_is_read_from_its_beginning_and_that_is_told(cdr, reader):
    write(cdr, b"1\n2\n")
    assert reader.news() == [b"1", b"2"]
    os.truncate(cdr, 0)
    assert reader.news() == []
    assert reader.tail.lost
    write(cdr, b"3\n")
    assert reader.news() == [b"3"]


@pytest.mark.parametrize(
    ("first", "second"), [("Master.csv.2", "Master.csv.1"), ("Master-20201201.csv", "Master-20201202.csv")]
)
def test_rotations_while_nobody_looked_are_read_in_their_order(cdr, reader, first, second):
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    write(cdr, b"2\n")
    for place, (name, line) in enumerate([(first, b"3\n"), (second, b"4\n")], start=1):
        cdr.rename(cdr.with_name(name))
        os.utime(cdr.with_name(name), (place, place))
        write(cdr, line)
    write(cdr.with_name("Master.csv.3.gz"), b"packed\n")
    write(cdr.with_name("Master.csv.bak"), b"a copy\n")
    reader.restart()
    assert reader.news() == [b"2", b"3", b"4"]


@pytest.mark.parametrize("is_emptied", [True, False])
def test_a_file_that_was_compressed_while_nobody_looked_does_not_hide_those_after_it(cdr, reader, is_emptied):
    before, now = cdr.with_name("Master.csv.4"), time.time()
    write(before, b"0\n")  # was read long ago, by whomever
    os.utime(before, (now - 60, now - 60))
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    for number, line in enumerate((b"2\n", b"3\n", b"4\n"), start=1):
        older = cdr.with_name(f"Master.csv.{4 - number}")
        if is_emptied:
            shutil.copy(cdr, older)
            os.truncate(cdr, 0)
        else:
            cdr.rename(older)
        os.utime(older, (now + number, now + number))
        write(cdr, line)
    compress(cdr.with_name("Master.csv.3"))
    reader.restart()
    assert (reader.news(), reader.tail.lost) == ([b"2", b"3", b"4"], True)


def test_an_unfinished_last_line_of_a_renamed_file_is_handed_over(cdr, reader):
    write(cdr, b"1\n2,half")
    assert reader.news() == [b"1"]
    cdr.rename(cdr.with_name("Master.csv.1"))
    write(cdr, b"3\n")
    pieces = []
    for _ in range(4):
        piece = reader.tail.next()
        if piece is not None:
            pieces.append(piece.lines)
            reader.tail.acknowledge(piece)
    assert pieces == [b"2,half", b"3\n"]


def test_what_was_not_taken_comes_again(cdr, reader):
    write(cdr, b"1\n")
    assert reader.tail.next() == reader.tail.next()
    reader.restart()
    assert reader.news() == [b"1"]


def test_a_restart_goes_on_where_it_was_left(cdr, reader):
    write(cdr, b"1\n2\n")
    reader.news()
    write(cdr, b"3\n")
    reader.restart()
    assert reader.news() == [b"3"]


def test_a_piece_knows_its_line_and_the_files_beginning(cdr, reader):
    write(cdr, b"start,end\n1\n")
    reader.news()
    write(cdr, b"2\n")
    piece = reader.tail.next()
    assert (piece.lines, piece.lines_before, piece.beginning) == (b"2\n", 2, b"start,end\n1\n")


def test_a_file_that_is_away_is_waited_for(cdr, reader):
    write(cdr, b"1\n")
    reader.news()
    cdr.unlink()
    reader.restart()
    assert reader.news() == []
    write(cdr, b"2\n")
    assert reader.news() == [b"2"]


def test_an_older_file_that_cannot_be_read_does_not_keep_it_from_going_on(cdr, reader):
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    (cdr.parent / "Master.csv.1").symlink_to("/proc/self/mem")  # not even root reads there
    write(cdr, b"2\n")
    reader.restart()
    assert (reader.news(), reader.tail.lost) == ([b"2"], False)


def test_a_blank_last_line_is_not_looked_for_in_the_file_that_was_begun_anew(cdr, reader):
    write(cdr, b"1\n\n")
    assert reader.news() == [b"1", b""]
    shutil.copy(cdr, cdr.with_name("Master.csv.1"))
    os.truncate(cdr, 0)
    write(cdr, b"2\n\n3\n\n")
    assert (reader.news(), reader.tail.lost) == ([b"2", b"", b"3", b""], False)


def test_of_a_name_that_leads_to_a_file_older_ones_are_looked_for_beside_that(cdr, tmp_path):
    named = tmp_path / "log" / "Master.csv"
    named.parent.mkdir()
    cdr.symlink_to(named)
    named.touch()
    reader = Reader(cdr)
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    write(cdr, b"2\n")
    named.rename(named.with_name("Master.csv.1"))
    write(named, b"3\n")
    reader.restart()
    assert (reader.news(), reader.tail.lost) == ([b"2", b"3"], False)
    reader.tail.close()


def test_a_file_that_was_emptied_and_then_copied_and_emptied_again_is_found_in_its_copy(cdr, reader):
    write(cdr, b"1\n")
    assert reader.news() == [b"1"]
    os.truncate(cdr, 0)
    assert (reader.news(), reader.tail.lost) == ([], True)
    written_at = time.time() + 5
    write(cdr, b"2\n")
    shutil.copy(cdr, cdr.with_name("Master.csv.1"))
    os.utime(cdr.with_name("Master.csv.1"), (written_at, written_at))
    os.truncate(cdr, 0)
    write(cdr, b"3\n")
    assert reader.news() == [b"2", b"3"]


def test_after_one_with_only_a_heading_that_was_compressed_files_are_read_in_their_order(cdr, reader):
    write(cdr, b"start,end\n")
    assert reader.news() == [b"start,end"]
    compress(cdr.rename(cdr.with_name("Master.csv.2")))
    written_at = time.time() + 5
    write(cdr, b"start,end\n1\n")
    os.utime(cdr, (written_at, written_at))
    cdr.rename(cdr.with_name("Master.csv.1"))
    write(cdr, b"start,end\n2\n")
    os.utime(cdr, (written_at + 5, written_at + 5))
    reader.restart()
    assert reader.news() == [b"1", b"start,end", b"2"]


@pytest.mark.parametrize("is_running", [True, False])
def test_a_link_that_leads_to_another_file_every_day_is_followed_from_one_to_the_next(cdr, tmp_path, is_running):
    monday, tuesday, first = tmp_path / "cdr-20201207.csv", tmp_path / "cdr-20201208.csv", b"1" * tail.HASHED_BYTES
    write(monday, first + b"\n")
    cdr.symlink_to(monday)
    reader = Reader(cdr)
    assert reader.news() == [first]
    write(monday, b"2\n")
    write(tuesday, b"3\n")
    cdr.unlink()
    cdr.symlink_to(tuesday)
    if not is_running:
        reader.restart()
    assert (reader.news(), reader.tail.lost) == ([b"2", b"3"], False)
    reader.tail.close()


def test_a_file_of_another_name_that_only_begins_alike_is_not_read(cdr, reader):
    write(cdr, b"start,end\n")
    assert reader.news() == [b"start,end"]
    other = cdr.rename(cdr.with_name("Other.csv"))  # the inode, used again
    write(other, b"1\n")
    reader.restart()
    assert reader.news() == []
