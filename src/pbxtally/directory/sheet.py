"""A spreadsheet of people becomes the document that `import_people` takes: a row is a person, an extension, or both.

Columns are found by their headings, which are the names below or mapped. A person is found by e-mail address, or by
name if the row has none; otherwise the person is new. Where a cell is empty, everything stays as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pbxtally.errors import InvalidFieldError
from pbxtally.people import Employee, EmployeeState, new_id

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("extension", "ext", "phone", "lokalnummer", "nummer"),
    "employee": ("name", "person", "navn", "medarbejder"),
    "emailAddress": ("email", "e-mail", "mail"),
    "accessLevel": ("access", "level", "adgang"),
    "department": ("team", "afdeling"),
    "title": ("position", "titel", "stilling"),
    "extensionName": ("extension name", "label"),
}
"""What a row may hold, and the headings it is known by besides its own name, in any case."""

_PLACE = re.compile(r"(?:employees|extensions)\[\d+\]")
_OF_EMPLOYEE = ("emailAddress", "accessLevel", "department", "title")


@dataclass(slots=True)
class Sheet:
    """The document, the line that each of its objects comes from, and the columns that were not read."""

    employees: list[dict[str, Any]] = field(default_factory=list)
    extensions: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def document(self) -> dict[str, Any]:
        """What is imported."""
        return {"employees": self.employees, "extensions": self.extensions}

    def in_lines(self, why: InvalidFieldError) -> InvalidFieldError:
        """An error about the document, in terms of the file's lines."""
        place, _, member = why.word.partition(".")
        if place not in self.lines:
            return why
        said = _PLACE.sub(lambda found: f"line {self.lines.get(found[0], '?')}", why.description)
        return InvalidFieldError(f"line {self.lines[place]}: {member}", said)


def columns_of(heading: Sequence[str], mapped: Mapping[str, str]) -> dict[str, int]:
    """From each member to its column; `mapped` names the headings of some, and takes precedence."""
    for name in mapped:
        if name not in COLUMNS:
            raise InvalidFieldError("map", f"Unknown column {name} - use {', '.join(COLUMNS)}")
    plain = [_plain(one) for one in heading]
    found: dict[str, int] = {}
    for name, others in COLUMNS.items():
        known = [mapped[name]] if name in mapped else [name, *others]
        places = [plain.index(_plain(one)) for one in known if _plain(one) in plain]
        if name in mapped and not places:
            raise InvalidFieldError(
                "map", f"No column has the heading {mapped[name]!r} - the file has {', '.join(heading)}"
            )
        found |= {name: places[0]} if places else {}
    if not {"number", "employee"} & found.keys():
        raise InvalidFieldError(
            "map", f"No column holds numbers or people - there are {', '.join(heading)}; head one of them number"
        )
    return found


def read_sheet(
    rows: Iterable[Sequence[str]], customer: str, known: Sequence[Employee], mapped: Mapping[str, str]
) -> Sheet:
    """Read rows, the heading first, into a document about one customer; `known` are its employees."""
    lines = iter(rows)
    heading = next(lines, ())
    places = columns_of(heading, mapped)
    sheet = Sheet(unread=[one for at, one in enumerate(heading) if one.strip() and at not in places.values()])
    people = _People(known)
    for line, row in enumerate(lines, start=2):
        cells = {name: row[at].strip() for name, at in places.items() if at < len(row) and row[at].strip()}
        if cells:
            _take(sheet, people, customer, cells, line)
    return sheet


def _plain(word: str) -> str:
    """The same for a word in any case and any Unicode form: files from a Mac may have a letter and its ring apart."""
    return unicodedata.normalize("NFC", word.strip()).casefold()


class _People:
    """Who is meant by an address or a name."""

    def __init__(self, known: Sequence[Employee]) -> None:
        self._ids: dict[str, set[str]] = {}
        for one in known:
            if one.state is not EmployeeState.DELETED:
                self.note(one.id, one.email_address, one.name)

    def note(self, employee: str, *words: str | None) -> None:
        for word in filter(None, words):
            self._ids.setdefault(_plain(word), set()).add(employee)

    def find(self, cells: Mapping[str, str], line: int) -> str | None:
        found = self._ids.get(_plain(cells.get("emailAddress", cells["employee"])), set())
        if len(found) > 1:
            raise InvalidFieldError(
                f"line {line}: employee", "Several employees have this name - use an e-mail address"
            )
        return next(iter(found), None)


def _take(sheet: Sheet, people: _People, customer: str, cells: dict[str, str], line: int) -> None:
    employee = _employee(sheet, people, customer, cells, line) if "employee" in cells else None
    if "number" not in cells:
        return
    number = re.sub(r"\.0$", "", cells["number"])
    extension = {"customer": customer, "number": number}
    if employee:
        extension["employee"] = employee
    if "extensionName" in cells:
        extension["name"] = cells["extensionName"]
    sheet.lines[f"extensions[{len(sheet.extensions)}]"] = line
    sheet.extensions.append(extension)


def _employee(sheet: Sheet, people: _People, customer: str, cells: dict[str, str], line: int) -> str:
    found = people.find(cells, line) or new_id()
    given = {name: cells[name] for name in _OF_EMPLOYEE if name in cells}
    people.note(found, cells["employee"], cells.get("emailAddress"))
    for one in sheet.employees:
        if one["_id"] == found:
            one.update(given)
            return found
    sheet.lines[f"employees[{len(sheet.employees)}]"] = line
    sheet.employees.append({"_id": found, "customer": customer, "name": cells["employee"], **given})
    return found
