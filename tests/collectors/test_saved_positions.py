"""How far collectors are, written down."""

import os
from threading import Thread

import msgspec

from pbxtally.collectors.saved_positions import CollectedSource, SavedPosition


class Line(msgspec.Struct):
    """A place in a file."""

    number: int


def test_two_that_follow_one_file_write_down_their_places_at_the_same_time(tmp_path, monkeypatch):
    said = []
    place = tmp_path, CollectedSource("Master.csv", "acme", "asterisk"), Line, said.append
    one, other = SavedPosition(*place), SavedPosition(*place)
    one.save(Line(1))

    def meanwhile(_):
        monkeypatch.undo()
        thread = Thread(target=other.save, args=(Line(2),))
        thread.start()
        thread.join()

    monkeypatch.setattr(os, "fsync", meanwhile)
    one.save(Line(3))
    assert (SavedPosition(*place).last(), said) == (Line(3), [])
