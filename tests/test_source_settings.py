"""What is remembered of customers' sources in the people's document: what goes out comes in again, elsewhere too."""

import json

import pytest

from cli.office import ACME, DECEMBER, LOAD, calls, row
from cli.terminal import Terminal
from copies import filled
from pbxtally.audit import Action
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

PEOPLE = {"customers": [{"_id": ACME, "name": "Acme"}], "extensions": [{"customer": ACME, "number": "101"}]}
SOURCE = {
    "customer": ACME,
    "source": "asterisk",
    "timezone": "Europe/Oslo",
    "trunks": ["carrier", "4599"],
    "extensions": "([0-9]{3})",
    "layout": None,
}
SAID = ("--timezone", "Europe/Oslo", "--trunk", "carrier", "--trunk", "4599", "--extensions", "([0-9]{3})")


def folder_of(path, name):
    (path / name).mkdir()
    return Terminal(path / name)


def bring(folder, document):
    """What an import prints of the sources."""
    folder.write("people.json", document)
    return [one for one in folder.does("people", "import", "people.json").splitlines() if one.startswith("sources")]


def exported(folder, *more):
    return json.loads(folder.does("people", "export", *more))


@pytest.fixture
def here(tmp_path):
    filled(tmp_path / "here", _with_people)
    return Terminal(tmp_path / "here")


def _with_people(folder):
    assert bring(Terminal(folder), PEOPLE) == []


def with_calls(folder):
    folder.write("Master.csv", [row("01 04:00:00", "101", "4599"), row("01 05:00:00", "101", "2222")])
    return folder


def test_what_load_was_told_goes_out_and_is_known_where_it_comes_in(here, tmp_path):
    with_calls(here).does("load", "Master.csv", *LOAD, *SAID)
    assert exported(here)["sources"] == exported(here, "--customer", "Acme")["sources"] == [SOURCE]
    there = folder_of(tmp_path, "there")
    assert bring(there, exported(here)) == ["sources: 1 created, 0 changed, 0 unchanged"]
    assert exported(there) == exported(here)
    with_calls(there).does("load", "Master.csv", *LOAD)
    assert there.ask(**DECEMBER, includeUnassigned=True) == here.ask(**DECEMBER, includeUnassigned=True)
    assert bring(there, exported(there)) == ["sources: 0 created, 0 changed, 1 unchanged"]


def test_names_of_trunks_go_out_and_come_in_as_load_was_told(here, tmp_path):
    trunks = ["", " carrier", "e\N{COMBINING ACUTE ACCENT}t\N{LATIN SMALL LETTER E WITH ACUTE}"]
    with_calls(here).does("load", "Master.csv", *LOAD, *(word for one in trunks for word in ("--trunk", one)))
    there = folder_of(tmp_path, "there")
    assert bring(there, exported(here)) == ["sources: 1 created, 0 changed, 0 unchanged"]
    assert exported(there)["sources"][0]["trunks"] == trunks


def test_calls_follow_what_is_said_of_their_source_now(here):
    with_calls(here).does("load", "Master.csv", *LOAD)
    assert calls(here.ask(**DECEMBER, includeUnassigned=True)) == {"101": (2, 0), "2222": (0, 1), "4599": (0, 1)}
    assert bring(here, {"sources": [SOURCE]}) == ["sources: 1 created, 0 changed, 0 unchanged"]
    assert calls(here.ask(**DECEMBER, includeUnassigned=True)) == {"101": (2, 0)}


def test_what_a_source_does_not_name_stays_and_null_empties(here):
    bring(here, {"sources": [SOURCE]})
    news = {"customer": ACME, "source": "asterisk", "trunks": [], "extensions": None}
    assert bring(here, {"sources": [news]}) == ["sources: 0 created, 1 changed, 0 unchanged"]
    assert exported(here)["sources"] == [SOURCE | {"trunks": [], "extensions": None}]


def test_a_change_stands_in_the_audit_and_a_dry_run_keeps_nothing(here):
    here.write("news.json", {"sources": [SOURCE]})
    said = here.does("people", "import", "news.json", "--dry-run").splitlines()
    assert said[-2:] == ["sources: 1 created, 0 changed, 0 unchanged", "nothing was kept"]
    assert "sources" not in exported(here)
    here.does("people", "import", "news.json")
    store = PeopleStore(sqlite_url(here.data / "people.db"))
    line = next(one for one in store.audit(ACME, 0, 9)[1] if "source" in (one.detail or ""))
    store.close()
    assert (line.action, line.detail.startswith("source asterisk, by a command")) == (Action.CHANGED, True)


def test_no_key_and_no_password_goes_out(here):
    key = here.does("intake", "key", "--source", "asterisk", "--customer", "Acme").strip()
    assert key.startswith("pbxi_")
    text = here.does("people", "export")
    assert "pbxi" not in text
    assert json.loads(text).keys() == {"customers", "employees", "extensions"}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (7, "sources: Invalid sources - use an array"),
        ([7], "sources[0]: Invalid sources[0] - use an object"),
        ([SOURCE, {"source": "asterisk"}], "sources[1].customer: Unknown customer"),
        ([SOURCE | {"customer": "c0" * 12}], "sources[0].customer: Unknown customer"),
        ([SOURCE | {"source": "abacus"}], "sources[0].source: there is no source 'abacus' - use asterisk or"),
        ([SOURCE | {"source": []}], "sources[0].source: there is no source [] - use"),
        ([SOURCE | {"colour": 1}], "sources[0].colour: Unknown member - use customer, source, timezone"),
        ([SOURCE | {"timezone": "Atlantis"}], "sources[0].timezone: Invalid timezone - use an IANA name"),
        ([SOURCE | {"extensions": "("}], "sources[0].extensions: '(' is not a regular expression"),
        ([SOURCE | {"trunks": "carrier"}], "sources[0].trunks: Invalid trunks - use an array"),
        ([SOURCE | {"trunks": [4599]}], "sources[0].trunks: Invalid trunks - use an array"),
        ([SOURCE | {"trunks": ["\ud800"]}], "sources[0].trunks: Invalid trunks - use an array"),
        ([SOURCE | {"layout": ""}], "sources[0].layout: Invalid layout - use text"),
        ([SOURCE | {"layout": "[fields]"}], "sources[0].layout: asterisk has no layouts - only 3cx, "),
        ([SOURCE | {"source": "3cx", "layout": "call-id"}], "sources[0].layout: 'call-id' is not a 3CX field"),
        ([SOURCE | {"source": "generic", "layout": "[fields]"}], "sources[0].layout.fields.start: a column is needed"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_nothing_is_imported(here, said, wrong):
    here.write("news.json", {"customers": [{"_id": "d0" * 12, "name": "Delta"}], "sources": said})
    before = exported(here)
    refused = here.run("people", "import", "news.json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"error: {wrong}")
    assert exported(here) == before
