"""Rejected records read again, each by itself from the bytes that were kept.

Legs are kept first, and then their records leave the list: whoever is cut off in between does it again, and the same
leg counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.cli.folder import Folder
from pbxtally.cli.pbx import tenants_of
from pbxtally.cli.store_door import DistantStore
from pbxtally.hosting import Switch, pbx_of, place_of
from pbxtally.intake import check_zone, numbering_of, read_checked
from pbxtally.intervals import DAY_MS
from pbxtally.records import MANY_BYTES, Kept, Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_rejected import KeptRejection
from pbxtally.stores.duckdb_store import DuckStore


@dataclass(slots=True)
class Retried:
    """What became of rejected records; `still`: those that stay, each with the reason that holds now."""

    kept: int = 0
    known: int = 0
    replaced: int = 0
    still: list[tuple[KeptRejection, str]] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Every leg and every record that stays."""
        return self.kept + self.known + self.replaced + len(self.still)

    def add(self, kept: Kept) -> None:
        """Count what a store says became of some legs."""
        self.kept += kept.kept
        self.known += kept.known
        self.replaced += kept.replaced


def retry_rejected(
    folder: Folder, store: DuckStore | DistantStore, rejections: Sequence[KeptRejection], now_ms: int, retried: Retried
) -> None:
    """Read records again, source by source; raises SourceError, its source untouched, where the zone is wrong."""
    by_source = sorted(rejections, key=lambda one: (one.customer, one.source))
    for (customer, source), some in groupby(by_source, lambda one: (one.customer, one.source)):
        _retry(folder, store, customer, source, list(some), now_ms, retried)
    store.tidy()


def _retry(
    folder: Folder,
    store: DuckStore | DistantStore,
    customer: str,
    source: str,
    rejections: list[KeptRejection],
    now_ms: int,
    retried: Retried,
) -> None:
    pbx = pbx_of(customer)
    if pbx is not None:
        retry_hosted(store, tenants_of(folder, store).switch(pbx), rejections, retried)
        return
    reading = reading_of(folder, customer, source)
    legs: list[Leg] = []
    used: list[bytes] = []
    still: list[tuple[KeptRejection, str]] = []
    for one in rejections:
        found = _read_alone(source, one.raw, reading, now_ms)
        if isinstance(found, str):
            still.append((one, found))
        else:
            legs += found
            used.append(one.raw)
    check_zone(f"What was rejected of {source}", legs, 0, reading.zone)
    if legs:
        retried.add(store.keep(customer, source, legs, numbering_of(folder.people, customer, source)))
        store.forget_rejected(customer, source, used)
    retried.still += still


def retry_hosted(
    store: DuckStore | DistantStore, switch: Switch, rejections: list[KeptRejection], retried: Retried
) -> None:
    """Records of a hosted switch, each behind its heading: whose word is in the map now becomes that customer's."""
    source = switch.pbx.source
    legs: dict[str, list[Leg]] = {}
    used: list[bytes] = []
    for one in rejections:
        heading, rest = switch.split(switch.records(one.raw))
        parts = switch.parts(rest, len(heading), heading)
        why = next((bad.reason for part in parts for bad in part.rejected), None)
        if why is not None or not parts:
            retried.still.append((one, why or "by itself the record says nothing - load its file again"))
            continue
        used.append(one.raw)
        for part in parts:
            legs.setdefault(part.customer, []).extend(part.legs)
    check_zone(
        f"What was rejected of {switch.pbx.name}", [leg for some in legs.values() for leg in some], 0, switch.zone
    )
    for customer, some in legs.items():
        retried.add(store.keep(customer, source, some, numbering_of(switch.people, customer, source)))
    store.forget_rejected(place_of(switch.pbx.name), source, used)


def reading_of(folder: Folder, customer: str, source: str) -> Reading:
    """How a customer's source is read, as is remembered now."""
    said, known = folder.people.source_setting(customer, source), folder.people.customer(customer)
    zone = (said and said.timezone) or (known and known.timezone) or folder.settings.timezone
    number_of = folder.people.number_of_extension(customer)
    return Reading(ZoneInfo(zone), customer, number_of, (said and said.layout) or "")


def _read_alone(source: str, raw: bytes, reading: Reading, now_ms: int) -> list[Leg] | str:
    """The legs of one record, or why it stays rejected."""
    if source not in SOURCES:
        return f"there is no source {source}"
    if len(raw) >= MANY_BYTES:
        return "the record was too long, only its beginning was kept"
    if raw[-1:] != b"\n" and raw.lstrip()[:1] not in (b"{", b"[", b"<"):
        return "the record has no end, it may be cut off - load its file again"
    found = list(read_checked(SOURCES[source].read, [raw], reading, now_ms + DAY_MS))
    why = next((one.reason for one in found if isinstance(one, Rejected)), None)
    if why is not None:
        return why
    legs = [one for one in found if isinstance(one, Leg)]
    return legs or "by itself the record says nothing - load its file again"
