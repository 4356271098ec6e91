"""A folder that files are dropped into: each is read whole, once, when nobody writes to it any more."""

import gzip
import os
import shutil
from pathlib import Path
from threading import Event

import pytest

from cli.office import FOUR_CALLS, row
from pbxtally.collectors import CollectorContext, CollectorError, StreamFormat, dropped_files
from pbxtally.collectors.dropped_files import Drop, DroppedFiles
from pbxtally.collectors.followed import Following
from pbxtally.collectors.saved_positions import CollectedSource, KnownFiles
from pbxtally.errors import SourceError
from pbxtally.sources import SOURCES

HEADING = (
    b"accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,"
    b"disposition,amaflags,uniqueid,userfield,linkedid,peeraccount,sequence\n"
)
ONE, TWO = row("03 09:01:00", "101", "102"), row("03 09:02:00", "101", "102")


def names(folder):
    return sorted(one.name for one in folder.iterdir())


class Folder:
    """A folder that is looked at, and what was handed over: for each batch its file and records."""

    def __init__(self, place):
        self.place, self.path = place, place / "drop"
        self.path.mkdir()
        self.taken, self.said = [], []
        self.refuse = self.after = None
        self.open()

    def open(self, settled_seconds=0, **drop):
        context = CollectorContext(
            self.place, "acme", "asterisk", StreamFormat(SOURCES["asterisk"], str), self.take, self.said.append
        )
        known = KnownFiles(self.place, CollectedSource(str(self.path), "acme", "asterisk"), self.said.append)
        self.collector = DroppedFiles(Drop(self.path, settled_seconds=settled_seconds, **drop), context, known)

    def restart(self, **drop):
        self.collector.close()
        self.open(**drop)

    def take(self, batch):
        if self.refuse and self.refuse in batch.place:
            raise SourceError("not in the zone")
        self.taken.append((Path(batch.place).name, batch.records[batch.heading :]))
        if self.after:
            self.after()

    def drop(self, name, *rows):
        (self.path / name).write_bytes(b"".join(rows))

    def news(self):
        self.taken.clear()
        while self.collector.collect(Event()):
            pass
        return self.taken


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path)
    yield folder
    folder.collector.close()


def test_it_tells_how_many_files_wait_and_when_it_last_had_all(folder):
    folder.drop("good", ONE)
    folder.drop("bad", TWO)
    folder.refuse = "bad"
    assert folder.collector.status().looked_at is None
    folder.news()
    found = folder.collector.status()
    assert (found.is_connected, found.unread_files, found.looked_at is None) == (True, 1, False)


def test_each_file_is_read_once_the_oldest_first(folder):
    folder.drop("b", ONE)
    os.utime(folder.path / "b", (1, 1))
    folder.drop("a", TWO)
    assert folder.news() == [("b", [ONE]), ("a", [TWO])]
    assert folder.news() == []


def test_what_was_read_is_known_after_a_restart(folder):
    folder.drop("a", ONE)
    folder.news()
    folder.restart()
    folder.drop("b", TWO)
    assert folder.news() == [("b", [TWO])]


def test_a_file_under_another_name_or_a_copy_of_it_is_not_read_again(folder):
    folder.drop("a", ONE)
    folder.news()
    shutil.copy(folder.path / "a", folder.path / "copy")
    (folder.path / "a").rename(folder.path / "archived")
    assert folder.news() == []


def test_a_file_that_grew_after_it_was_read_is_read_again_whole(folder):
    folder.drop("a", ONE)
    folder.news()
    folder.drop("a", ONE, TWO)
    assert folder.news() == [("a", [ONE, TWO])]


def test_a_file_that_is_still_written_is_left_alone(folder):
    folder.restart(settled_seconds=3600)
    folder.drop("a", ONE)
    assert folder.news() == []
    folder.restart()
    folder.drop("b.part", ONE)
    folder.drop(".c", ONE)
    (folder.path / "folder").mkdir()
    assert folder.news() == [("a", [ONE])]


def test_only_names_that_are_meant_are_read(folder):
    folder.restart(names="cdr_*")
    folder.drop("cmr_1", ONE)
    folder.drop("cdr_1", TWO)
    assert folder.news() == [("cdr_1", [TWO])]


def test_a_file_that_cannot_be_taken_keeps_no_other_from_being_read_and_is_tried_again(folder):
    folder.refuse = "bad"
    folder.drop("bad", ONE)
    folder.drop("good", TWO)
    assert folder.news() == [("good", [TWO])]
    assert folder.said == [f"{folder.path / 'bad'} is not taken, and tried again later: not in the zone"]
    folder.refuse = None
    folder.restart()
    assert folder.news() == [("bad", [ONE])]


def test_of_a_compressed_file_that_is_cut_off_the_whole_records_are_taken_and_the_rest_when_it_is_whole(folder):
    whole = gzip.compress(b"".join(FOUR_CALLS))
    folder.drop("a.gz", whole[:-8])
    assert folder.news() == [("a.gz", FOUR_CALLS)]
    assert "compressed data is damaged or cut off" in folder.said[0]
    folder.drop("a.gz", whole)
    assert folder.news() == [("a.gz", FOUR_CALLS)]


def test_what_stands_before_damage_is_taken(folder):
    folder.drop("a.gz", gzip.compress(b"".join(FOUR_CALLS)), b"no gzip")
    folder.drop("b", HEADING, ONE, HEADING.replace(b"src,dst", b"dst,src"), TWO)
    assert folder.news() == [("a.gz", FOUR_CALLS), ("b", [ONE])]
    assert ["damaged" in folder.said[0], "line 3 names other columns" in folder.said[1]] == [True, True]


def test_files_that_were_read_are_put_away_under_free_names(folder):
    folder.restart(done=folder.place / "done")
    folder.drop("a", ONE)
    folder.news()
    folder.drop("a", TWO)
    folder.news()
    assert names(folder.place / "done") == ["a", "a.1"]
    assert names(folder.path) == []


def test_a_folder_that_went_away_is_said(folder):
    folder.path.rmdir()
    with pytest.raises(CollectorError, match="drop cannot be read: No such file or directory"):
        folder.news()


def test_a_damaged_list_of_known_files_is_begun_anew(folder):
    folder.drop("a", ONE)
    folder.news()
    folder.collector.close()
    [kept] = (folder.place / "follow").glob("*.db")
    kept.write_bytes(b"damaged" * 1000)
    folder.open()
    assert folder.news() == [("a", [ONE])]
    assert "nothing counts twice" in folder.said[0]


def test_lines_are_numbered_through_the_batches_of_a_large_file(folder):
    stream_format = folder.collector.context.stream_format
    heading = b"channel,disposition,duration,uniqueid\n"
    found = list(stream_format.batches("big", heading + b"x\n" * 12_000))
    assert [(one.heading, one.before, len(one.records)) for one in found] == [
        (1, 1, 5_001), (1, 5_001, 5_001), (1, 10_001, 2_001),
    ]  # fmt: skip
    [later] = stream_format.batches("big", b"y\n", heading + b"x\n" * 12_000, 12_001)
    assert later == ("big", [heading, b"y\n"], 1, 12_001)


def test_a_file_is_read_whose_name_is_not_utf_8(folder):
    (folder.path / os.fsdecode(b"opkald_\xe6.csv")).write_bytes(ONE)
    folder.drop("opkald_æ.csv", TWO)
    assert sorted(folder.news()) == [("opkald_\\xe6.csv", [ONE]), ("opkald_æ.csv", [TWO])]


def test_a_file_that_cannot_be_read_keeps_no_other_waiting_and_is_told_of(folder):
    folder.drop("good", ONE)
    os.utime(folder.path / "good", (2**32, 2**32))
    (folder.path / "bad").symlink_to("/proc/self/mem")  # not even root reads there
    assert folder.news() == [("good", [ONE])]
    assert folder.said == [f"{folder.path / 'bad'} cannot be read, and is tried again later: Input/output error"]
    assert folder.collector.status().unread_files == 1


def test_a_name_that_leads_to_itself_is_no_file(folder):
    folder.drop("good", ONE)
    (folder.path / "loop").symlink_to("loop")
    assert folder.news() == [("good", [ONE])]


@pytest.mark.parametrize(("long_seconds", "is_seen"), [(0.0, False), (3600.0, True)])
def test_a_folder_that_takes_long_to_look_through_is_looked_through_less_often(
    folder, monkeypatch, long_seconds, is_seen
):
    monkeypatch.setattr(dropped_files, "LONG_LOOK_SECONDS", long_seconds)
    monkeypatch.setattr(dropped_files, "RESTS", 1_000_000)
    assert folder.news() == []
    folder.drop("new.csv", ONE)
    assert bool(folder.news()) is is_seen


def test_a_file_that_grew_after_it_was_read_is_not_put_away_before_the_rest_is_read(folder):
    folder.restart(done=folder.place / "done")
    folder.drop("cdr-1", ONE)
    folder.after = lambda: folder.drop("cdr-1", ONE, TWO)
    folder.collector.collect(Event())
    assert (folder.taken, names(folder.path)) == ([("cdr-1", [ONE])], ["cdr-1"])
    folder.after = None
    assert folder.news() == [("cdr-1", [ONE, TWO])]
    assert (names(folder.path), names(folder.place / "done")) == ([], ["cdr-1"])


def test_a_file_has_no_names_to_choose_from(tmp_path):
    file = tmp_path / "Master.csv"
    file.write_bytes(ONE)
    context = CollectorContext(tmp_path, "acme", "asterisk", StreamFormat(SOURCES["asterisk"], str), print, print)
    with pytest.raises(CollectorError, match="is not a folder - a growing file is followed without names and done"):
        Following(file, names="cdr_*").collector(context)
