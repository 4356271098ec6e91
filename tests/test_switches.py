"""Hosted switches in the people's document: what goes out comes in again, on another machine as well."""

import json

import pytest

from cli.office import ACME, LOAD, row
from cli.terminal import Terminal
from copies import filled

BETA = "b0" * 12
PEOPLE = {
    "customers": [{"_id": ACME, "name": "Acme"}, {"_id": BETA, "name": "Beta"}],
    "extensions": [{"_id": "e1" * 12, "customer": ACME, "number": "101"}],
}
SWITCH = {
    "name": "hosted",
    "source": "asterisk",
    "word": "accountcode",
    "timezone": "Europe/Copenhagen",
    "trunks": ["carrier"],
    "extensions": "([0-9]{3})",
    "layout": None,
    "words": {"acme": ACME, "beta": BETA},
}


def office(folder, name="here"):
    (folder / name).mkdir()
    return Terminal(folder / name)


def bring(office, document):
    """What an import prints of the switches."""
    office.write("people.json", document)
    return [one for one in office.does("people", "import", "people.json").splitlines() if one.startswith("switches")]


def exported(office):
    return json.loads(office.does("people", "export"))


@pytest.fixture
def here(tmp_path):
    filled(tmp_path / "here", _with_the_switch)
    return Terminal(tmp_path / "here")


def _with_the_switch(folder):
    said = bring(Terminal(folder), PEOPLE | {"switches": [SWITCH]})
    assert said == ["switches: 1 created, 0 changed, 0 unchanged"]


def test_what_is_exported_comes_in_on_another_machine_and_there_takes_records_apart(here, tmp_path):
    there = office(tmp_path, "there")
    assert exported(here)["switches"] == [SWITCH]
    assert bring(there, exported(here)) == ["switches: 1 created, 0 changed, 0 unchanged"]
    assert exported(there) == exported(here)
    rows = [row(f"03 09:0{at}:00", "101", "4599000001").replace(b'""', f'"{word}"'.encode(), 1)
            for at, word in enumerate(("acme", "beta", "gamma"))]  # fmt: skip
    there.write("hosted.csv", rows)
    assert "kept 2" in there.run("load", "hosted.csv", "--pbx", "hosted").out
    there.write("own.csv", rows[:1])
    assert "known 1" in there.does("load", "own.csv", *LOAD)


def test_importing_again_changes_nothing(here):
    assert bring(here, exported(here)) == ["switches: 0 created, 0 changed, 1 unchanged"]


def test_what_a_switch_does_not_name_stays_and_a_word_that_is_null_is_nobodys(here):
    news = {"name": "hosted", "trunks": ["other"], "words": {"beta": None, "gamma": BETA}}
    assert bring(here, {"switches": [news]}) == ["switches: 0 created, 1 changed, 0 unchanged"]
    words = {"acme": ACME, "gamma": BETA}
    assert exported(here)["switches"] == [SWITCH | {"trunks": ["other"], "words": words}]


def test_a_dry_run_says_what_would_be_and_keeps_nothing(here):
    here.write("news.json", {"switches": [{"name": "hosted", "words": {"gamma": BETA}}, SWITCH | {"name": "new"}]})
    said = here.does("people", "import", "news.json", "--dry-run").splitlines()
    assert said[-2:] == ["switches: 1 created, 1 changed, 0 unchanged", "nothing was kept"]
    assert exported(here)["switches"] == [SWITCH]


def test_one_customers_export_holds_no_switch_and_a_directory_without_one_no_section(here, tmp_path):
    assert "switches" not in json.loads(here.does("people", "export", "--customer", ACME))
    there = office(tmp_path, "there")
    assert bring(there, PEOPLE) == []
    assert "switches" not in exported(there)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, "switches: Invalid switches - use an array"),
        ([7], "switches[0]: Invalid switches[0] - use an object"),
        ([SWITCH, {"source": "asterisk"}], "switches[1].name: Missing name"),
        ([{"name": "new", "source": "asterisk"}], "switches[0].word: Missing word"),
        ([SWITCH | {"colour": 1}], "switches[0].colour: Unknown member - use name, source, word"),
        ([SWITCH | {"source": "abacus"}], "switches[0].source: no record of 'abacus' names a customer"),
        ([SWITCH | {"extensions": "("}], "switches[0].extensions: '(' is not a regular expression"),
        ([SWITCH | {"extensions": "{tennant}-101"}], "switches[0].extensions: {tennant} stands for nothing"),
        ([SWITCH | {"extensions": "({tenant}+)+"}], "switches[0].extensions: '((?:word)+)+' may take too long"),
        ([SWITCH | {"trunks": "carrier"}], "switches[0].trunks: Invalid trunks - use an array"),
        ([SWITCH | {"words": {"acme": "c0" * 12}}], "switches[0].words.acme: Unknown customer"),
        ([SWITCH | {"words": {" ": ACME}}], "switches[0].words. : a word is needed"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_nothing_is_imported(here, said, wrong):
    new = {"customers": [{"_id": "d0" * 12, "name": "Delta"}], "switches": said or {"name": "x"}}
    here.write("news.json", new)
    before = exported(here)
    refused = here.run("people", "import", "news.json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"error: {wrong}")
    assert exported(here) == before
