"""All commands: their help, their data folder, and words that make no command."""

import json

import pytest

from cli.office import DECEMBER, FOUR_CALLS, LOAD, calls
from pbxtally import __version__
from pbxtally.cli import COMMANDS
from pbxtally.sources import SOURCES

ALL = [*([name] for name in COMMANDS if name != "people"), ["people", "import"], ["people", "token"]]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_explains_itself_with_an_example(terminal, words):
    shown = terminal.does(*words, "--help")
    assert f"Usage: ./run {' '.join(words)}" in shown
    assert f"Example: ./run {' '.join(words)}" in shown


def test_without_words_all_commands_are_listed(terminal):
    listed = terminal.does()
    assert [name for name in COMMANDS if f"│ {name} " not in listed] == []
    assert terminal.does("--help") == listed


def test_the_version_is_told(terminal):
    assert terminal.does("--version") == f"pbxtally, version {__version__}\n"


def test_the_sources_are_listed(terminal):
    assert [line.split()[0] for line in terminal.does("sources").splitlines()] == list(SOURCES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["weigh"], "No such command 'weigh'. See ./run --help"),
        (["load", "x.csv"], "Missing option '--source'. See ./run load --help"),
        (["load", *LOAD], "Missing argument 'FILE…'. See ./run load --help"),
        (["load", "--sorce", "x"], "No such option '--sorce'. Did you mean '--source'? See ./run load --help"),
        (["ask"], "Missing argument 'JSON'. See ./run ask --help"),
        (["people", "token"], "Missing argument 'EMPLOYEE_ID'. See ./run people token --help"),
        (
            ["people", "import", "no.json"],
            "Invalid value for 'FILE': File 'no.json' does not exist. See ./run people import --help",
        ),
        (
            ["serve", "--port", "99999"],
            "Invalid value for '--port': '99999' is not a whole number from 0 to 65535. See ./run serve --help",
        ),
        (
            ["demo", "--port", "80a"],
            "Invalid value for '--port': '80a' is not a whole number from 0 to 65535. See ./run demo --help",
        ),
        (
            ["follow", "x.csv", *LOAD, "--every", "nan"],
            "Invalid value for '--every': 'nan' is not a number from 0.05 to 3600. See ./run follow --help",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_words_that_make_no_command_are_answered_in_one_line(terminal, words, said):
    assert terminal.run(*words) == (2, "", f"error: {said}\n")


@pytest.mark.parametrize("how", ["before the command", "behind it", "in the environment"])
def test_the_data_folder_is_named(office, tmp_path, how):
    office.does("load", office.write("Master.csv", FOUR_CALLS), *LOAD)
    folder = office.data.rename(tmp_path / "the calls")
    words = ["ask", json.dumps(DECEMBER)]
    if how == "in the environment":
        answer = office.run(*words, environment={"PBXTALLY_DATA": str(folder)}).out
    else:
        answer = office.does(*(["--data", str(folder), *words] if "before" in how else [*words, "--data", str(folder)]))
    assert calls(json.loads(answer)) == {"101": (2, 0), "102": (1, 2)}


@pytest.mark.parametrize("how", ["before the command", "behind it"])
def test_the_folder_that_is_named_goes_before_that_of_the_environment(terminal, how):
    said = ("--data", "named")
    words = ("people", "add", "Acme")
    done = terminal.run(*(said + words if "before" in how else words + said), environment={"PBXTALLY_DATA": "other"})
    assert done.code == 0
    assert [one.name for one in terminal.folder.iterdir()] == ["named"]


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(office):
    refused = office.run("people", "import", "people.json", "--data", "people.json/data")
    assert refused == (1, "", "error: people.json/data: Not a directory\n")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("people.db", "Cannot use pbxtally-data/people.db: file is not a database"),
        ("calls.duckdb", "calls.duckdb cannot be opened: "),
        ("settings.toml", "settings.toml: not TOML: "),
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(office, file, said):
    (office.data / file).write_bytes(b"\xff\xfe nothing we know \x00" * 1000)
    refused = office.run("ask", "{}")
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert refused.err.startswith(f"error: {said}")
