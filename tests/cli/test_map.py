"""`map`: a mapping that is proposed for a file, wherever the file comes from."""

import gzip
import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from cli.office import ACME, receipt

SEEDS = Path(__file__).parent.parent / "fuzz" / "seeds"

TABLE = (
    b"Start,Fra,Til,Samtaletid,Status,Retning\n"
    b"2020-12-01 09:00:00,101,+4599000001,30,Besvaret,ud\n"
    b"2020-12-01 10:00:00,+4599000001,101,0,Ubesvaret,ind\n"
)


def test_a_file_is_loaded_with_the_mapping_that_is_proposed_for_it(office):
    office.write("calls.csv", TABLE)
    office.write("mapping.toml", office.does("map", "calls.csv").encode())
    loaded = office.does("load", "calls.csv", "--source", "generic", "--customer", ACME, "--layout", "@mapping.toml")
    assert loaded == receipt("calls.csv", kept=2)


@pytest.mark.parametrize("packed", [TABLE, gzip.compress(TABLE)], ids=["as it is", "compressed"])
def test_what_comes_on_standard_input_is_as_good_as_a_file(office, packed):
    office.write("calls.csv", TABLE)
    assert office.process("map", "-", stdin=packed) == (0, office.does("map", "calls.csv"), "")


def test_a_workbook_may_be_compressed(office, tmp_path):
    book = Workbook()
    book.active.append(["Start", "Fra", "Til", "Samtaletid"])
    book.active.append(["2020-12-01 09:00:00", 101, 102, 60])
    book.save(tmp_path / "calls.xlsx")
    office.write("calls.xlsx.gz", gzip.compress((tmp_path / "calls.xlsx").read_bytes()))
    office.write("mapping.toml", office.does("map", "calls.xlsx.gz").encode())
    loaded = office.does(
        "load", "calls.xlsx.gz", "--source", "generic", "--customer", ACME, "--layout", "@mapping.toml"
    )
    assert loaded == receipt("calls.xlsx.gz", kept=1)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["as it is", "compressed"])
@pytest.mark.parametrize(
    ("records", "sources"),
    [
        ("asterisk/columns-21.csv", "asterisk"),
        ("3cx/lines.csv", "3cx"),
        ("cucm/cdr", "cucm"),
        ("freeswitch/leg.xml", "freeswitch"),
        ("fusionpbx/table.csv", "fusionpbx"),
        ("grandstream/flat.json", "grandstream"),
        ("kamailio/acc.csv", "kamailio"),
        ("queue_log/queue_log", "asterisk or queue_log"),
        ("teams/export.zip", "teams"),
        ("teams/pstn.csv", "teams"),
        ("telecomx/records.jsonl", "telecomx"),
        ("yeastar/report.json", "yeastar"),
    ],
)
def test_records_that_another_source_knows_are_said_to_be_known(terminal, records, sources, pack):
    terminal.write("calls", pack((SEEDS / records).read_bytes()))
    assert terminal.does("map", "calls").splitlines()[1] == f"# load FILE --source {sources} --check"


def test_an_archive_that_is_neither_a_workbook_nor_known_is_no_table(office):
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("calls.csv", TABLE)
    office.write("calls.zip", packed.getvalue())
    assert office.run("map", "calls.zip").err.startswith("error: not a whole Excel workbook: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("-", "standard input is empty"),
        ("empty.csv", "empty.csv is empty"),
        (".", ". is a folder; name the files in it"),
        ("no.csv", "no.csv cannot be read: No such file or directory"),
    ],
)
def test_what_no_mapping_can_be_proposed_for_is_said_in_a_line(office, name, said):
    office.write("empty.csv", b"\n")
    assert office.process("map", name, stdin=b"") == (1, "", f"error: file: {said}\n")
