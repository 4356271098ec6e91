"""A few bytes that would be many: they are taken apart piece by piece, and nothing is expanded."""

import gzip
import io
import tracemalloc
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest

from fuzz.targets import LAYOUTS
from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, Reading
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in

MEGABYTE = 1 << 20
BLOWN_UP = 8 * MEGABYTE
AT_MOST = 4 * MEGABYTE

ENTITIES = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def blown_up(beginning, filling=b"0"):
    """Gzip of a beginning and 8 MB of one character."""
    return gzip.compress(beginning + filling * BLOWN_UP)


def taken(name, data):
    """What is read from it, and the peak memory that took."""
    source = SOURCES[name]
    reading = Reading(ZoneInfo("UTC"), "a" * 24, lambda *_: None, LAYOUTS.get(name, ""))
    tracemalloc.start()
    try:
        records = records_in(io.BufferedReader(io.BytesIO(data)), source)
        found = sum(1 for _ in source.read(records, reading))
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("beginning", [b"", b'{"a": "', b"<cdr>", b"INSERT INTO cdr VALUES ("])
@pytest.mark.parametrize("name", [name for name in SOURCES if name != "generic"])
def test_a_gzip_bomb_takes_little_memory(name, beginning):
    found, peak = taken(name, blown_up(beginning))
    assert peak < AT_MOST
    assert found <= BLOWN_UP // MANY_BYTES + 2


def test_a_zip_bomb_takes_little_memory():
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("PSTN.csv", b"Call Type,Start Time\r\n" + b"0" * BLOWN_UP)
    found, peak = taken("teams", packed.getvalue())
    assert found == 1 and peak < AT_MOST


@pytest.mark.parametrize("name", ["freeswitch", "grandstream"])
def test_entities_of_xml_stay_what_they_are(name):
    leaves = "<variables><uuid>&i;</uuid></variables><AcctId>&i;</AcctId>"
    bomb = f"<?xml version='1.0'?><!DOCTYPE x [{ENTITIES}]><cdr>{leaves}</cdr>"
    found, peak = taken(name, bomb.encode())
    assert found == 1 and peak < MEGABYTE


def test_a_workbook_with_entities_is_refused():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = "<row><c t='inlineStr'><is><t>&i;</t></is></c></row>"
    sheet = f"<!DOCTYPE x [{ENTITIES}]><worksheet xmlns='{space}'><sheetData>{row}</sheetData></worksheet>"
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(_workbook())) as whole, ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for part in whole.namelist():
            archive.writestr(part, sheet if part.endswith("sheet1.xml") else whole.read(part))
    with pytest.raises(SourceError, match="not a whole Excel workbook"):
        list(SOURCES["generic"].records(io.BufferedReader(io.BytesIO(packed.getvalue()))))


def _workbook():
    from openpyxl import Workbook

    book, written = Workbook(), io.BytesIO()
    book.active.append(["Id"])
    book.save(written)
    return written.getvalue()
