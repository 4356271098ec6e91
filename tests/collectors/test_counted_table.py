"""A table that counts its rows is read by the count, and anew when that begins anew."""

import pytest

from collectors.poller import CEL, Poller
from pbxtally.collectors import CollectorError, polled_table


def test_a_table_that_counts_its_rows_is_read_by_the_count_and_anew_when_that_begins_anew(cdrs, tmp_path, monkeypatch):
    monkeypatch.setattr(polled_table, "FAR_SECONDS", 0)
    cdrs.does(CEL)
    poller = Poller(tmp_path, cdrs, table=1)
    for number in (7, 8):
        cdrs.does("INSERT INTO cel VALUES (?, ?, ?)", number, "HANGUP", "2020-12-03 09:00:00")
    assert poller.news("id", "eventtime") == [("7", "2020-12-03 09:00:00"), ("8", "2020-12-03 09:00:00")]
    cdrs.does("DELETE FROM cel")
    cdrs.does("INSERT INTO cel VALUES (?, ?, ?)", 1, "HANGUP", "2020-12-03 09:05:00")
    assert poller.news("id") == ["1"]
    assert counts_anew(poller)
    poller.close()


def hangups(cdrs, numbers, clock):
    for number in numbers:
        cdrs.does("INSERT INTO cel VALUES (?, ?, ?)", number, "HANGUP", f"2020-12-03 {clock}")


def counts_anew(poller):
    return [
        one for one in poller.said if one.endswith("counts anew, and is read from its beginning; nothing counts twice")
    ]


@pytest.fixture
def counted(cdrs, tmp_path, monkeypatch):
    """Of a table that counts its rows thirty were read; each look goes back over a few of them."""
    monkeypatch.setattr(polled_table, "NEAR_ROWS", 3)
    monkeypatch.setattr(polled_table, "FAR_ROWS", 5)
    cdrs.does(CEL)
    hangups(cdrs, range(1, 31), "09:00:00")
    poller = Poller(tmp_path, cdrs, table=1)
    assert len(poller.news("id")) == 30
    yield poller
    poller.close()


@pytest.mark.parametrize("away", [True, False])
@pytest.mark.parametrize("until", [30, 31, 40])
def test_a_table_that_was_emptied_and_has_counted_beyond_where_it_was_read_is_read_anew(counted, away, until):
    if away:
        counted.close()
    counted.cdrs.does("DELETE FROM cel")
    hangups(counted.cdrs, range(1, until + 1), "10:00:00")
    assert counted.news("id") == [str(number) for number in range(1, until + 1)]
    assert len(counts_anew(counted)) == 1
    counted.restart()
    assert counted.news("id") == []
    assert len(counts_anew(counted)) == 1


def test_who_is_stopped_while_it_reads_such_a_table_anew_begins_at_its_beginning_again(counted):
    counted.cdrs.does("DELETE FROM cel")
    hangups(counted.cdrs, range(1, 41), "10:00:00")
    counted.refuses = True
    with pytest.raises(CollectorError, match="nearly full"):
        counted.news("id")
    counted.refuses = False
    counted.restart()
    assert len(counted.news("id")) == 40


def test_rows_that_are_taken_out_or_come_late_or_are_corrected_are_no_reason_to_read_it_anew(counted):
    counted.cdrs.does("DELETE FROM cel WHERE id <= 29")
    hangups(counted.cdrs, [28, 31], "10:00:00")
    assert counted.news("id") == ["28", "31"]
    counted.cdrs.does("UPDATE cel SET eventtype = 'LINKEDID_END' WHERE id = 31")
    assert counted.news("id", "eventtype") == [("31", "LINKEDID_END")]
    counted.cdrs.does("DELETE FROM cel")
    hangups(counted.cdrs, [32], "10:00:00")
    assert counted.news("id") == ["32"]
    assert counts_anew(counted) == []
