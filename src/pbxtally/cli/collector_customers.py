"""Which customers the names in the collectors' tables meant when the server first started with them.

On the pages a customer may be given another name, even one that another customer had: its calls still go to the same
customer, and the server still starts.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pbxtally.cli.backing_up import write_whole
from pbxtally.cli.folder import Folder, find_customer
from pbxtally.people import CustomerState


class _Meant(msgspec.Struct):
    """What a table said, and the id of the customer that had this name then."""

    said: str
    customer: str


class CollectorCustomers(NamedTuple):
    """From each table's name to the customer it means; as of the start before, and as of this one."""

    folder: Folder
    before: dict[str, _Meant]
    now: dict[str, _Meant]

    def customer(self, table: str, said: str) -> str:
        """The id of the customer meant; if that is deleted, of the one with the name now. Raises InvalidFieldError."""
        before = self.before.get(table)
        known = self.folder.people.customer(before.customer) if before and before.said == said else None
        if known is None or known.state is CustomerState.DELETED:
            known = find_customer(self.folder, said)
        self.now[table] = _Meant(said, known.id)
        return known.id

    def write_down(self) -> None:
        """Keep those of this start."""
        if self.now != self.before:
            path = self.folder.path / "follow" / "customers.json"
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, msgspec.json.encode(self.now))


def collector_customers(folder: Folder) -> CollectorCustomers:
    """Those of the start before; none if they cannot be read."""
    try:
        kept = (folder.path / "follow" / "customers.json").read_bytes()
        before = msgspec.json.decode(kept, type=dict[str, _Meant])
    except (FileNotFoundError, msgspec.DecodeError):
        before = {}
    return CollectorCustomers(folder, before, {})
