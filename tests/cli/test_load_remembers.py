"""What `load` is told of a source is remembered: its zone, its trunks, how extensions look."""

from zoneinfo import ZoneInfo

from cli.office import ACME, DECEMBER, LOAD, calls, counted, receipt, row

UTC = ZoneInfo("UTC")


# ── the PBX's clock ──


def test_a_file_in_another_zone_is_refused_with_the_zone_that_fits(office):
    office.write("Master.csv", [row("01 08:00:00", "101", "4599000001", clock=UTC)])
    refused = office.run("load", "Master.csv", *LOAD)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "error: Master.csv is not in the zone Europe/Copenhagen: its records' own epochs say that its clock was at"
        " UTC+00:00 on 2020-12-01. Use --timezone UTC or the place's own zone.\n"
    )
    assert counted(office) == {}


def test_the_zone_is_remembered(office):
    office.write("a.csv", [row("01 08:00:00", "101", "4599000001", clock=UTC)])
    office.write("b.csv", [row("02 08:00:00", "101", "4599000001", clock=UTC)])
    office.does("load", "a.csv", *LOAD, "--timezone", "UTC")
    assert office.does("load", "b.csv", *LOAD) == receipt("b.csv", kept=1)
    assert [list(one["data"]) for one in office.ask(**DECEMBER | {"groupingInterval": "HOUR"})] == [
        ["2020-12-01T09+01:00", "2020-12-02T09+01:00"]
    ]


def test_a_refused_zone_is_not_remembered(office):
    office.write("Master.csv", [row("01 08:00:00", "101", "4599000001")])
    assert office.run("load", "Master.csv", *LOAD, "--timezone", "Asia/Tokyo").code == 1
    assert office.does("load", "Master.csv", *LOAD) == receipt("Master.csv", kept=1)


def test_where_no_epoch_tells_a_file_counts_once_after_the_wrong_zone_and_the_right_one(office):
    record = b'{"_id": "1", "started": "2020-12-01T00:30:00", "ended": "2020-12-01T00:31:00", "answeredByCallee": true,'
    record += b' "answered": "2020-12-01T00:30:05", "caller": {"extension": "101"}, "callee": {"number": "+4511"}}\n'
    office.write("calls.jsonl", record)
    telecomx = ("--source", "telecomx", "--customer", ACME)
    assert office.does("load", "calls.jsonl", *telecomx, "--timezone", "Asia/Tokyo") == receipt("calls.jsonl", kept=1)
    assert counted(office) == {}  # 16:30 on the day before
    fixed = office.does("load", "calls.jsonl", *telecomx, "--timezone", "Europe/Copenhagen")
    assert fixed == receipt("calls.jsonl", replaced=1)
    assert calls(office.ask(**{**DECEMBER, "from": "2020-11-01"})) == {"101": (1, 0)}


# ── what is remembered of a source ──


def test_a_trunk_that_is_named_later_stops_being_an_extension_in_older_calls_too(office):
    office.write("a.csv", [row("01 09:00:00", "4599", "101")])
    office.write("b.csv", [row("02 09:00:00", "4599", "101")])
    office.does("load", "a.csv", *LOAD)
    assert counted(office, includeUnassigned=True) == {"101": (0, 1), "4599": (1, 0)}
    office.does("load", "b.csv", *LOAD, "--trunk", "4599")
    assert counted(office, includeUnassigned=True) == {"101": (0, 2)}


def test_a_trunk_is_remembered(office):
    office.write("a.csv", [row("01 09:00:00", "4599", "101")])
    office.write("b.csv", [row("02 09:00:00", "4599", "101")])
    office.does("load", "a.csv", *LOAD, "--trunk", "4599", "--trunk", "4600")
    office.does("load", "b.csv", *LOAD)
    assert counted(office, includeUnassigned=True) == {"101": (0, 2)}


def test_the_pattern_of_extensions_is_remembered_and_its_group_is_the_number(office):
    office.write("a.csv", [row("01 09:00:00", "phone101", "4599000001")])
    office.write("b.csv", [row("02 09:00:00", "phone101", "4599000001")])
    office.does("load", "a.csv", *LOAD)
    assert counted(office) == {}
    office.does("load", "a.csv", *LOAD, "--extensions", r"phone(\d+)")
    office.does("load", "b.csv", *LOAD)
    assert counted(office) == {"101": (2, 0)}
