"""A table that is polled: every row, however late, each once as it is; nothing is written there."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from cli.office import COPENHAGEN
from collectors.poller import CDR, CEL, Poller
from pbxtally.collectors import CollectorError, CollectorStatus, polled_table
from pbxtally.collectors.database import address_of
from pbxtally.collectors.polled_table import unix_time
from pbxtally.collectors.saved_positions import CollectedSource, KnownRows


@pytest.fixture
def poller(cdrs, tmp_path):
    cdrs.does(CDR)
    poller = Poller(tmp_path, cdrs)
    yield poller
    poller.close()


def add(poller, *times, billsec=60):
    for one in times:
        poller.cdrs.does("INSERT INTO cdr VALUES (?, ?, ?, ?)", f"2020-12-{one}", "PJSIP/101-1", "ANSWERED", billsec)


def test_a_row_is_handed_over_once_with_the_words_it_has(poller):
    add(poller, "03 09:00:00")
    assert poller.news("calldate", "billsec", "disposition") == [("2020-12-03 09:00:00", "60", "ANSWERED")]
    assert poller.news("calldate") == []


def test_it_tells_which_row_of_a_counted_table_was_the_newest_and_when_it_had_all(cdrs, tmp_path):
    cdrs.does(CEL)
    poller = Poller(tmp_path, cdrs, table=1)
    for number in (1, 2, 7):
        cdrs.does("INSERT INTO cel VALUES (?, ?, ?)", number, "HANGUP", "2020-12-03 09:00:00")
    poller.restart()
    assert poller.collector.status() == CollectorStatus(is_connected=True)
    began = time.time()
    assert poller.news("id") == ["1", "2", "7"]
    found = poller.collector.status()
    assert (found.row, began <= found.looked_at <= time.time()) == (7, True)
    poller.close()


def test_of_a_table_that_counts_none_it_tells_the_time_of_the_newest_row_after_a_restart_too(poller):
    add(poller, "03 09:00:00", "03 11:00:00", "03 10:00:00")
    poller.news("calldate")
    assert (poller.collector.status().moment, poller.collector.status().row) == ("2020-12-03 11:00:00", None)
    poller.restart()
    assert poller.collector.status() == CollectorStatus(is_connected=True, moment="2020-12-03 11:00:00")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2020-12-03 11:00:00", "2020-12-03T10:00:00+00:00"),
        ("2020-12-03 11:00:00.500000", "2020-12-03T10:00:00.500000+00:00"),
        ("2020-12-03 11:00:00+00:00", "2020-12-03T11:00:00+00:00"),
        ("1606989600", "2020-12-03T10:00:00+00:00"),
        (1606989600.0, "2020-12-03T10:00:00+00:00"),
    ],
)
def test_a_time_of_a_table_is_one_of_its_zone_unless_it_says_another(moment, told):
    assert unix_time(moment, COPENHAGEN) == datetime.fromisoformat(told).timestamp()
    assert unix_time("soon", COPENHAGEN) is None


def test_rows_come_in_their_order_and_new_ones_as_they_come(poller):
    add(poller, "03 10:00:00", "03 09:00:00")
    assert poller.news("calldate") == ["2020-12-03 09:00:00", "2020-12-03 10:00:00"]
    add(poller, "03 11:00:00")
    assert poller.news("calldate") == ["2020-12-03 11:00:00"]


def test_a_call_that_began_before_the_newest_and_ends_after_it_is_found(poller):
    add(poller, "03 10:00:00")
    poller.news("calldate")
    add(poller, "03 08:30:00")
    assert poller.news("calldate") == ["2020-12-03 08:30:00"]


def test_a_call_of_many_hours_is_found_when_the_look_goes_far_back(poller, monkeypatch):
    add(poller, "03 23:00:00")
    poller.news("calldate")
    add(poller, "03 01:00:00")
    assert poller.news("calldate") == []
    monkeypatch.setattr(polled_table, "FAR_SECONDS", 0)
    assert poller.news("calldate") == ["2020-12-03 01:00:00"]


def test_a_call_of_nearly_a_day_is_found_though_others_ended_before_the_look_that_goes_far_back(poller, monkeypatch):
    add(poller, "03 23:00:00")
    poller.news("calldate")
    add(poller, "02 23:01:00", "03 23:09:00")
    assert poller.news("calldate") == ["2020-12-03 23:09:00"]
    monkeypatch.setattr(polled_table, "FAR_SECONDS", 0)
    assert poller.news("calldate") == ["2020-12-02 23:01:00"]


def test_a_row_that_changed_is_handed_over_again(poller):
    add(poller, "03 09:00:00", "03 09:01:00")
    poller.news("calldate")
    poller.cdrs.does("UPDATE cdr SET billsec = 75 WHERE calldate = ?", "2020-12-03 09:01:00")
    assert poller.news("calldate", "billsec") == [("2020-12-03 09:01:00", "75")]


def test_after_a_restart_it_looks_far_back_and_hands_over_only_what_is_not_known(poller):
    add(poller, "01 09:00:00", "03 09:00:00", "03 09:01:00")
    poller.news("calldate")
    poller.restart()
    assert poller.news("calldate") == []
    poller.restart()
    add(poller, "02 21:00:00", "03 10:00:00")
    poller.cdrs.does("UPDATE cdr SET billsec = 75 WHERE calldate = ?", "2020-12-03 09:01:00")
    assert poller.news("calldate") == ["2020-12-02 21:00:00", "2020-12-03 09:01:00", "2020-12-03 10:00:00"]
    poller.restart()
    assert poller.news("calldate") == []


def test_only_rows_that_are_looked_at_again_are_remembered(poller, tmp_path):
    add(poller, "01 09:00:00", "02 09:00:00", "02 09:30:00", "03 09:00:00")
    poller.news("calldate")
    rows = KnownRows(tmp_path, CollectedSource(poller.polling.name, "acme", "asterisk"), print)
    assert sorted(rows.all().values()) == ["2020-12-02 09:00:00", "2020-12-02 09:30:00", "2020-12-03 09:00:00"]
    add(poller, "03 11:00:00")
    poller.news("calldate")
    assert sorted(rows.all().values()) == ["2020-12-02 09:30:00", "2020-12-03 09:00:00", "2020-12-03 11:00:00"]


@pytest.mark.parametrize("rotten", [b"", b"no database at all" * 100])
def test_what_is_remembered_may_be_lost_and_is_handed_over_once_more(poller, tmp_path, rotten):
    add(poller, "03 09:00:00")
    poller.news("calldate")
    [file] = (tmp_path / "follow").glob("*.db")
    file.write_bytes(rotten)
    poller.restart()
    assert poller.news("calldate") == ["2020-12-03 09:00:00"]
    assert any("is damaged: rows of cdr of" in one for one in poller.said) is bool(rotten)
    poller.restart()
    assert poller.news("calldate") == []


def test_who_takes_its_place_away_has_the_table_read_from_its_beginning(poller, tmp_path):
    add(poller, "01 09:00:00", "03 09:00:00")
    poller.news("calldate")
    poller.close()
    [file] = (tmp_path / "follow").glob("*.json")
    file.unlink()
    assert poller.news("calldate") == ["2020-12-01 09:00:00", "2020-12-03 09:00:00"]


def test_rows_that_were_not_kept_are_handed_over_again(poller):
    poller.news("calldate")
    add(poller, "03 09:00:00")
    poller.refuses = True
    with pytest.raises(CollectorError, match="nearly full"):
        poller.news("calldate")
    poller.refuses = False
    assert poller.news("calldate") == ["2020-12-03 09:00:00"]


def test_a_large_table_is_read_page_by_page_also_where_many_rows_are_of_one_second(poller, monkeypatch):
    monkeypatch.setattr(polled_table, "MANY_RECORDS", 3)
    times = [f"03 09:00:{second:02}" for second in range(5)]
    for number in range(10):
        add(poller, "03 09:00:02", billsec=number)
    add(poller, *times)
    assert len(poller.news("calldate")) == 15
    assert poller.news("calldate") == []


def test_a_time_in_the_far_future_hides_no_call_that_comes_later(poller):
    far = datetime.now(UTC) + timedelta(days=400)
    poller.cdrs.does("INSERT INTO cdr VALUES (?, ?, ?, ?)", f"{far:%Y-%m-%d %H:%M:%S}", "", "ANSWERED", 0)
    add(poller, "03 09:00:00")
    assert len(poller.news("calldate")) == 2
    add(poller, "03 09:01:00")
    assert poller.news("calldate") == ["2020-12-03 09:01:00"]


def test_a_procedure_that_marks_the_rows_of_kamailio_it_has_made_cdrs_of_changes_none(cdrs, tmp_path):
    cdrs.does("CREATE TABLE acc (id INTEGER PRIMARY KEY, callid VARCHAR(64), cdr_id INTEGER)")
    for number in range(1, 4):
        cdrs.does("INSERT INTO acc VALUES (?, ?, 0)", number, f"call{number}")
    poller = Poller(tmp_path, cdrs, source="kamailio")
    assert poller.news("callid") == ["call1", "call2", "call3"]
    cdrs.does("UPDATE acc SET cdr_id = 17")
    assert poller.news("callid") == []
    assert poller.said == []
    poller.close()


def test_nothing_can_be_written(poller):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    add(poller, "03 09:00:00")
    poller.news("calldate")
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        poller.collector._database._connection.execute(text("DELETE FROM cdr"))
    assert len(poller.collector._database.rows(None, 10)) == 1


def test_a_table_that_is_not_there_is_said_without_a_password(poller):
    poller.cdrs.does("DROP TABLE cdr")
    with pytest.raises(CollectorError) as why:
        poller.restart()
    password = address_of(poller.cdrs.dsn).password
    assert "cdr" in str(why.value)
    assert not password or password not in str(why.value)


IDS_OF_OTHERS = "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()"


def hang_up(cdrs):
    """The server ends every other connection to the database, as where it is restarted."""
    with closing(cdrs.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(IDS_OF_OTHERS)
        for (one,) in cursor.fetchall():
            cursor.execute(f"KILL {one}")


@pytest.mark.mariadb
@pytest.mark.parametrize("cdrs", ["mariadb"], indirect=True)
def test_a_server_that_hung_up_is_let_go_of_and_asked_anew(poller):
    add(poller, "03 09:00:00")
    assert poller.news("calldate") == ["2020-12-03 09:00:00"]
    hang_up(poller.cdrs)
    add(poller, "03 10:00:00")
    poller.restart()
    assert poller.news("calldate") == ["2020-12-03 10:00:00"]


def test_a_table_of_that_name_without_its_columns_is_refused(poller):
    poller.cdrs.does("DROP TABLE cdr")
    poller.cdrs.does("CREATE TABLE cdr (whenever INTEGER)")
    with pytest.raises(CollectorError, match="cdr has no column calldate or start to be read in the order of"):
        poller.restart()


def test_a_table_that_is_not_there_is_named_and_how_another_one_is_had(poller):
    poller.cdrs.does("ALTER TABLE cdr RENAME TO bit_cdr")
    with pytest.raises(
        CollectorError, match=r": there is no table cdr that this user sees; one of another name can be"
    ):
        poller.restart()


def test_a_view_serves_a_table_of_another_name(poller):
    poller.cdrs.does("ALTER TABLE cdr RENAME TO bit_cdr")
    poller.cdrs.does("CREATE VIEW cdr AS SELECT * FROM bit_cdr")
    add_to = "INSERT INTO bit_cdr VALUES ('2020-12-03 09:00:00', 'PJSIP/101-1', 'ANSWERED', 60)"
    poller.cdrs.does(add_to)
    assert poller.news("calldate") == ["2020-12-03 09:00:00"]


def test_fusionpbx_is_asked_for_the_columns_that_are_used_and_by_its_epoch(cdrs, tmp_path):
    uuid, other = (f"{number:08x}-0000-4000-8000-000000000000" for number in (1, 2))
    cdrs.does(
        "CREATE TABLE v_xml_cdr (xml_cdr_uuid VARCHAR(36), domain_name VARCHAR(80), start_epoch NUMERIC,"
        " end_epoch NUMERIC, missed_call BOOLEAN, json TEXT)"
    )
    poller = Poller(tmp_path, cdrs, source="fusionpbx")
    cdrs.does("INSERT INTO v_xml_cdr VALUES (?, ?, ?, ?, ?, ?)", uuid, "acme", 1606982400, 1606982460, False, "{}")
    assert poller.news("xml_cdr_uuid", "start_epoch") == [(uuid, "1606982400")]
    assert "json" not in poller.taken[0]
    cdrs.does("INSERT INTO v_xml_cdr VALUES (?, ?, ?, ?, ?, ?)", other, "acme", 1606982300, 1606982460, True, "{}")
    assert poller.news("xml_cdr_uuid") == [other]
    poller.close()


def test_a_row_that_becomes_again_what_it_was_is_handed_over_again_also_after_a_restart(poller):
    add(poller, "03 09:00:00", "03 09:00:00", "03 09:30:00")
    poller.cdrs.does("UPDATE cdr SET billsec = 9 WHERE calldate = ?", "2020-12-03 09:30:00")
    assert poller.news("billsec") == ["60", "60", "9"]
    for billsec in 10, 9, 10:
        poller.restart()
        poller.cdrs.does("UPDATE cdr SET billsec = ? WHERE calldate = ?", billsec, "2020-12-03 09:30:00")
        assert (poller.news("billsec"), poller.news("billsec")) == ([str(billsec)], [])


def test_a_row_whose_time_is_corrected_and_corrected_back_is_handed_over_each_time(poller):
    add(poller, "03 09:00:00", "03 11:00:00")
    poller.news("calldate")
    for wrong, right in (("09:00", "10:00"), ("10:00", "09:00")):
        poller.cdrs.does(
            "UPDATE cdr SET calldate = ? WHERE calldate = ?", f"2020-12-03 {right}:00", f"2020-12-03 {wrong}:00"
        )
        poller.restart()
        assert poller.news("calldate") == [f"2020-12-03 {right}:00"]


@pytest.mark.parametrize("cdrs", ["sqlite"], indirect=True)
def test_when_another_file_has_the_name_of_sqlites_the_old_one_is_read_to_its_end_and_then_that(cdrs, tmp_path):
    cdrs.does(CDR)
    with closing(Poller(tmp_path, cdrs)) as poller:
        assert poller.news("calldate") == []
        add(poller, "03 09:00:00")
        (tmp_path / "master.db").rename(tmp_path / "master.db.1")
        cdrs.does(CDR)
        add(poller, "03 10:00:00")
        with pytest.raises(CollectorError, match="is in another file now"):
            poller.news("calldate")
        assert [one["calldate"] for one in poller.taken] == ["2020-12-03 09:00:00"]
        poller.close()
        assert poller.news("calldate") == ["2020-12-03 10:00:00"]
