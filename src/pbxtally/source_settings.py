"""The settings of customers' sources in the document of people; importing it again changes nothing.

As with people, what a source does not name stays as it was, and `null` clears what may be empty. Its calls are derived
again. An error's word is the place of the mistake, such as `sources[0].timezone`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pbxtally import audit
from pbxtally.directory import Counted
from pbxtally.directory.members import SOURCE, SOURCE_MEMBERS, Item, customers_in, items_of
from pbxtally.errors import InvalidFieldError
from pbxtally.people import SourceSetting
from pbxtally.tenants import KeepsTenants, Tenants

SECTION = "sources"
NOTHING = SourceSetting()


class SourceEntry(NamedTuple):
    """A customer's source, its settings before, and its settings to be."""

    customer: str
    source: str
    before: SourceSetting
    setting: SourceSetting


def exported_sources(people: KeepsTenants, customers: Iterable[str]) -> list[dict[str, Any]]:
    """The settings of customers' sources, in the form that `parse_sources` reads."""
    return [
        {
            "customer": customer,
            "source": source,
            "timezone": one.timezone,
            "trunks": list(one.trunks),
            "extensions": one.extensions,
            "layout": one.layout,
        }
        for customer in customers
        for source, one in people.source_settings(customer).items()
        if one != NOTHING
    ]


def parse_sources(tenants: Tenants, document: Mapping[str, Any]) -> list[SourceEntry]:
    """The sources of a document, checked, with nothing kept; raises InvalidFieldError for the first mistake."""
    customers = {one.id for one in tenants.people.customers()} | customers_in(document)
    return [_parse(tenants, item, customers) for item in items_of(document, SECTION, SOURCE_MEMBERS)]


def keep_sources(tenants: Tenants, entries: Sequence[SourceEntry], *, keep: bool = True) -> Counted:
    """Keep them, and count what became of them; their customers exist by now."""
    changed = [one for one in entries if one.before != one.setting]
    created = sum(one.before == NOTHING for one in changed)
    for one in entries if keep else ():
        tenants.change_setting(one.customer, one.source, one.setting)
        if one in changed:
            detail = f"source {one.source}, {tenants.by}"
            audit.record(
                tenants.people, tenants.actor, one.customer, audit.Action.CHANGED, None, None, tenants.now_ms, detail
            )
    return Counted(created, len(changed) - created, len(entries) - len(changed))


def _parse(tenants: Tenants, item: Item, customers: Collection[str]) -> SourceEntry:
    item.refuse_unknown_members()
    customer, source = item.id("customer"), item.members.get("source")
    if customer not in customers or customer is None:
        raise item.wrong("customer", "Unknown customer - include it in the same document, with this _id")
    if not isinstance(source, str) or source not in tenants.sources:
        raise item.wrong("source", f"there is no source {source!r} - use {' or '.join(tenants.sources)}")
    before = tenants.people.source_settings(customer).get(source, NOTHING)
    setting = replace(before, **item.read(SOURCE))
    try:
        tenants.check_setting(source, setting)
    except InvalidFieldError as why:
        raise item.wrong(why.word, why.description) from None
    return SourceEntry(customer, source, before, setting)
