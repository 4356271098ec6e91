"""What a source makes of records: legs, what they are for each extension, or the reason why not."""

import io
import json
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from calls_table import sentence
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in


@dataclass(frozen=True)
class Reads:
    """A source, and its settings unless a test gives others; `heading` is put before all records."""

    source: str
    layout: str = ""
    numbering: Numbering = field(default_factory=Numbering)
    zone: str = "Europe/Copenhagen"
    heading: tuple[bytes, ...] = ()

    def read(self, *records, zone=None, layout=None):
        """Read records, given as bytes, text, or objects to write as JSON."""
        reading = Reading(
            ZoneInfo(zone or self.zone), "a" * 24, lambda *_: None, self.layout if layout is None else layout
        )
        return list(SOURCES[self.source].read([*self.heading, *map(_written, records)], reading))

    def story(self, *records, numbering=None, **how):
        """What the calls were for each extension, a sentence each."""
        found = self.read(*records, **how)
        assert all(isinstance(one, Leg) for one in found), found
        return [sentence(one) for one in involvements(found, numbering or self.numbering)]

    def leg(self, record, **how):
        """The one leg that a record is."""
        [found] = self.read(record, **how)
        assert isinstance(found, Leg), found
        return found

    def reason(self, record, **how):
        """Why a record is rejected."""
        [found] = self.read(record, **how)
        assert isinstance(found, Rejected), found
        return found.reason

    def stream(self, content):
        """The records of a stream."""
        return list(records_in(io.BufferedReader(io.BytesIO(content)), SOURCES[self.source]))


def _written(record):
    if isinstance(record, bytes):
        return record
    return record.encode() if isinstance(record, str) else json.dumps(record).encode()
