"""Rows of PBXs that keep Asterisk's own table of CDRs: what the source `asterisk` knows about them applies here too."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.records import text
from pbxtally.sources.asterisk.cdr import leg_of
from pbxtally.sources.asterisk.clock import Clock
from pbxtally.sources.asterisk.clock import UnusableError as AsteriskError
from pbxtally.sources.asterisk.shapes import named_cells
from pbxtally.sources.generic_mapping import Mapping
from pbxtally.sources.generic_rows import Row, Rows
from pbxtally.sources.generic_times import UnusableError

NULL = "NULL"
"""What some exports write in empty cells."""


class AsteriskLegs:
    """Makes legs from rows. A row that rang a phone gets the mapping's key, every other one Asterisk's."""

    def __init__(self, mapping: Mapping, rows: Rows, zone: ZoneInfo) -> None:
        self._fields = mapping.fields
        self._rows = rows
        self._clock = Clock(zone)

    def is_skipped(self, row: Row) -> bool:
        """Never: a row without a phone says what became of the call."""
        return False

    def of(self, row: Row, raw: bytes) -> Leg:
        """The leg of a row."""
        cells = {name: row.cell(name) for name in self._rows.names}
        words = {name: "" if cell == NULL else cell for name, cell in cells.items()}
        try:
            leg = leg_of(named_cells(words), self._clock)
        except AsteriskError as why:
            raise UnusableError(str(why)) from None
        return leg._replace(
            key=self._mapped_text(row, "key", "words") if words["dstchannel"] else leg.key,
            caller_number=self._mapped_text(row, "caller", "number"),
            caller_name=self._mapped_text(row, "caller_name", "name") or leg.caller_name,
            callee_name=self._mapped_text(row, "callee_name", "name"),
        )

    def _mapped_text(self, row: Row, field: str, kind: str) -> str:
        return text(" ".join(row.cell(column) for column in self._fields.get(field, ())).strip(), kind)
