"""The manual says what the program does: nothing undocumented, no broken link, every example run."""

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import click
import pytest

from cli.terminal import restored_process
from pbxtally import errors
from pbxtally.call_query import CALL_MEMBERS
from pbxtally.cli import cli, main
from pbxtally.demo.page import PAGE_CUSTOMER, page_people
from pbxtally.demo.page_calls import page_records
from pbxtally.directory.members import SECTIONS, STRETCH_MEMBERS, SWITCH_MEMBERS
from pbxtally.fields import FIELDS
from pbxtally.figure import FIGURE_MEMBERS
from pbxtally.measures import REASONS
from pbxtally.missed_list import LIST_MEMBERS as MISSED_MEMBERS
from pbxtally.people import AccessLevel, EmployeeState
from pbxtally.query import MEMBERS
from pbxtally.records import Reading
from pbxtally.renderers.call_list import MEMBERS as LISTED_MEMBERS
from pbxtally.renderers.missed_list import MEMBERS as MISSED_CALL
from pbxtally.settings import PREFIX, Settings
from pbxtally.sources import SOURCES, asterisk, freeswitch, grandstream, kamailio, teams, telecomx, threecx, yeastar
from pbxtally.sources.asterisk import queue_log
from pbxtally.switches import SECTION

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
BY_NAME = {page.relative_to(ROOT).as_posix(): page.read_text("utf-8") for page in PAGES}
MANUAL = "\n".join(BY_NAME.values())
REFERENCE = BY_NAME["docs/reference.md"]

sys.path.append(str(DOCS))
generate = import_module("generate")

pages = pytest.mark.parametrize("page", BY_NAME)


# ── what follows from the code ──


@pages
def test_what_is_written_from_the_code_is_up_to_date(page):
    text = BY_NAME[page]
    assert generate.renewed(text) == text, "run: PYTHONPATH=src .venv/bin/python docs/generate.py"


def test_every_part_that_can_be_written_stands_in_a_page():
    assert [name for name in generate.PARTS if f"<!-- begin {name} -->" not in MANUAL] == []


def test_a_page_that_has_grown_old_is_noticed():
    assert "A person took the call." in generate.renewed("<!-- begin reasons -->\nold\n<!-- end -->")


# ── nothing undocumented ──


def commands():
    """Every command by its words, and the group of all."""
    found = {"": cli}
    for name in cli.list_commands(click.Context(cli)):
        command = cli.get_command(click.Context(cli), name)
        parts = command.commands.items() if isinstance(command, click.Group) else ()
        found |= {f"{name} {part}": one for part, one in parts} or {name: command}
    return found


COMMANDS = commands()
OPTIONS = {
    f"{words} {option}".strip(): option
    for words, command in COMMANDS.items()
    for one in command.params
    if isinstance(one, click.Option)
    for option in one.opts
}


def undocumented(words, text=MANUAL):
    return [word for word in words if f"`{word}`" not in text]


def test_every_command_is_in_the_reference_with_an_example_and_its_options():
    for words in COMMANDS:
        if words:
            start = REFERENCE.index(f"### `./run {words}")
            section = REFERENCE[start : REFERENCE.find("\n##", start + 1)]
            assert f"```sh\n./run {words}" in section
            assert [one for one in OPTIONS if one.startswith(f"{words} -") and f"`{OPTIONS[one]}" not in section] == []


def test_the_options_of_no_command_are_in_the_reference():
    assert [
        option for option in [*COMMANDS[""].params[0].opts, "--data", "--help"] if f"`{option}" not in REFERENCE
    ] == []


def test_every_setting_is_in_the_reference_by_both_names():
    names = [one.name for one in fields(Settings)]
    assert undocumented([*names, *(PREFIX + name.upper() for name in names), PREFIX + "DATA"], REFERENCE) == []


def test_every_member_of_a_request_and_every_field_is_in_the_reference():
    members = [*MEMBERS, *FIGURE_MEMBERS, *MISSED_MEMBERS, *CALL_MEMBERS]
    assert undocumented([*members, *LISTED_MEMBERS, *MISSED_CALL, *FIELDS], REFERENCE) == []


def test_every_member_of_the_people_file_is_in_the_reference():
    names = {
        *SECTIONS,
        *STRETCH_MEMBERS,
        SECTION,
        *SWITCH_MEMBERS,
        *(name for section in SECTIONS.values() for name in section),
    }
    assert undocumented(names, REFERENCE) == []


def test_every_error_word_is_in_the_reference_with_its_status():
    known = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.PbxTallyError)]
    rows = {f"| {one.code} | `{one.word}` |" for one in known if one is not errors.InvalidFieldError}
    assert [row for row in rows if row not in REFERENCE] == []
    assert "| 422 | the member's name |" in REFERENCE


def test_every_source_has_a_page_and_is_in_the_reference():
    assert undocumented(SOURCES, REFERENCE) == []
    assert [name for name in SOURCES if f"`--source {name}`" not in BY_NAME.get(f"docs/sources/{name}.md", "")] == []


def test_every_word_a_source_translates_is_on_its_page():
    pages = {
        "asterisk": asterisk.RESULTS,
        "freeswitch": freeswitch.RESULTS,
        "grandstream": grandstream.DISPOSITIONS,
        "kamailio": kamailio.CODES,
        "queue_log": queue_log.EVENTS,
        "teams": teams.CALL_TYPES,
        "telecomx": telecomx.UNANSWERED,
        "3cx": threecx.REASONS,
        "yeastar": yeastar.STATUSES,
    }
    for name, words in pages.items():
        assert [word for word in words if word not in BY_NAME[f"docs/sources/{name}.md"]] == []


def test_the_columns_to_set_up_in_asterisk_are_those_that_are_read():
    [fields_line] = re.findall(r"^fields = (.*)$", BY_NAME["docs/sources/asterisk.md"], re.MULTILINE)
    assert re.sub(r"\(\w+\)", "", fields_line).split(",") == asterisk.COLUMNS


def test_the_vendors_record_that_is_shown_is_read_as_an_answered_call():
    [(_, line)] = blocks("docs/sources/telecomx.md", "json")
    [leg] = telecomx.read([line.encode()], Reading(ZoneInfo("UTC"), "5450f1834b75ff2103256300", lambda *_: None))
    assert (leg.callee_device, leg.ring_ms, leg.talk_ms) == ("101", 5000, 60_000)


def test_every_access_level_and_state_is_in_the_manual():
    assert undocumented(level.name for level in AccessLevel) == []
    assert [state for state in EmployeeState if state not in REFERENCE] == []


def test_every_reason_is_explained_where_it_is_drawn():
    assert undocumented((reason.name.lower() for reason in REASONS), BY_NAME["docs/how-we-count.md"]) == []


# ── the rules ──

RULE_ROW = re.compile(r"^\| ([SD]\d+a?) \|", re.MULTILINE)
RULES = RULE_ROW.findall(BY_NAME["docs/compatibility.md"])


def test_every_rule_stands_once_in_its_order():
    said = [f"S{number}" for number in range(1, 17)]
    decided = [f"D{number}" for number in range(1, 33)]
    decided[2:2], decided[6:6] = ["D2a"], ["D5a"]
    assert said + decided == RULES


def test_every_rule_that_is_cited_exists():
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *PAGES]
    cited = {rule for file in files for rule in re.findall(r"\b([SD][1-9]\d?a?)\b", file.read_text("utf-8"))}
    assert cited - set(RULES) == set()


def test_every_property_names_tests_that_exist():
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", BY_NAME["docs/compatibility.md"], re.MULTILINE)
    assert [number for number, _ in rows] == [str(number) for number in range(1, 11)]
    for _, tests in rows:
        named = re.findall(r"`(tests/\S+\.py)::(\w+)`", tests)
        assert named
        for file, name in named:
            assert f"def {name}(" in (ROOT / file).read_text("utf-8")


# ── links ──


@pages
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(BY_NAME[page])):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            there = ((ROOT / page).parent / file).resolve() if file else ROOT / page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def without_code(text):
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ── the examples ──


def blocks(page, kind):
    """The code blocks of a kind, by the rest of the line that opens them."""
    return re.findall(rf"^```{kind} ?(\S*)\n(.*?)^```$", BY_NAME[page], re.MULTILINE | re.DOTALL)


@pages
def test_every_command_that_is_shown_exists_with_its_options(page):
    shown = "\n".join(text for _, text in [*blocks(page, "sh"), *blocks(page, "console")])
    for line in re.findall(r"^(?:\$ |sudo -u \w+ )?(?:\./|/\S*/)run .*", shown, re.MULTILINE):
        words = shlex.split(line[line.index("run ") + 4 :], comments=True)
        if words[0] in ("test", "lint", "bench"):
            continue
        name = max((one for one in COMMANDS if words[: len(one.split())] == one.split()), key=len)
        assert name or words[0] in OPTIONS, line
        for option in (word for word in words if word.startswith("--")):
            assert f"{name} {option}".strip() in OPTIONS, line


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """The command line in a folder of its own: what it prints, all of it."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["./run", *words])
        try:
            with restored_process():
                main()
        except SystemExit as why:
            print(why.code if isinstance(why.code, str) else "", end="\n" if isinstance(why.code, str) else "")
        printed = capfd.readouterr()
        return printed.out + printed.err

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return run


@pytest.mark.parametrize("page", ["docs/start.md", "docs/sources/generic.md"])
def test_the_steps_go_as_they_are_told(run, page):
    for name, text in [*blocks(page, "json"), *blocks(page, "csv"), *blocks(page, "toml")]:
        Path(name).write_text(text, "utf-8")
    told = "".join(text for _, text in blocks(page, "console"))
    happened = ""
    for line in re.findall(r"^\$ (\./run .*)$", told, re.MULTILINE):
        printed = run(*shlex.split(line)[1:])
        happened += f"$ {line}\n" + re.sub(r"pbxt_[0-9a-f]+", "pbxt_…", printed)
    assert happened == told


RESELLER, ASKER = "1" * 24, "2" * 24


@pytest.fixture
def server(run):
    """The demo's page customer behind a real server: its address and a token."""
    people = page_people(RESELLER)
    people["customers"].append({"_id": RESELLER, "name": "Reseller", "isReseller": True})
    people["employees"].append({"_id": ASKER, "customer": RESELLER, "name": "Inge", "accessLevel": "RESELLER"})
    Path("people.json").write_text(json.dumps(people), "utf-8")
    Path("calls.jsonl").write_bytes(b"\n".join(one.rstrip() for one in page_records()))
    run("people", "import", "people.json")
    assert "rejected 0" in run("load", "calls.jsonl", "--source", "telecomx", "--customer", PAGE_CUSTOMER)
    token = run("people", "token", ASKER).strip()
    serve = [sys.executable, "-m", "pbxtally", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE) as process:
        yield process.stdout.readline().decode().split()[-1], token
        process.terminate()


def test_the_readmes_request_gets_the_readmes_answer(server):
    address, token = server
    [curl] = [text for _, text in blocks("README.md", "sh") if text.startswith("curl ")]
    [(_, answer)] = blocks("README.md", "json")
    asked = sent(curl.replace("http://127.0.0.1:8080", address).replace("$TOKEN", token))
    assert asked == json.dumps(json.loads(answer), separators=(",", ":"))


def sent(curl):
    """What a `curl -s ADDRESS -H HEADER -d BODY` would print."""
    program, silent, address, _, header, _, body = shlex.split(curl)
    assert (program, silent) == ("curl", "-s")
    name, _, value = header.partition(": ")
    headers = {name: value, "Content-Type": "application/x-www-form-urlencoded"}
    with urlopen(Request(address, body.encode(), headers), timeout=30) as answer:
        return answer.read().decode()
