"""Hosted switches in the document of people, with the owner of each word; importing it again changes nothing.

As with people, what a switch does not name stays as it was, and `null` clears what may be empty: a word that is `null`
is nobody's from now on. An error's word is the place of the mistake, such as `switches[0].source`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pbxtally.directory import Counted
from pbxtally.directory.members import SWITCH, SWITCH_MEMBERS, Item, customers_in, items_of
from pbxtally.errors import InvalidFieldError
from pbxtally.people import Pbx, SourceSetting
from pbxtally.tenants import KeepsTenants, Tenants

SECTION = "switches"


class SwitchEntry(NamedTuple):
    """A switch as in the document, and the customer's id for each word that it names; None: nobody's."""

    pbx: Pbx
    words: Mapping[str, str | None]


def exported_switches(people: KeepsTenants) -> list[dict[str, Any]]:
    """Every switch, in the form that `parse_switches` reads."""
    return [
        {
            "name": one.name,
            "source": one.source,
            "word": one.word,
            "timezone": one.setting.timezone,
            "trunks": list(one.setting.trunks),
            "extensions": one.setting.extensions,
            "layout": one.setting.layout,
            "words": people.tenants(one.name),
        }
        for one in people.pbxs()
    ]


def parse_switches(tenants: Tenants, document: Mapping[str, Any]) -> list[SwitchEntry]:
    """The switches of a document, checked, with nothing kept; raises InvalidFieldError for the first mistake."""
    customers = {one.id for one in tenants.people.customers()} | customers_in(document)
    return [_parse(tenants, item, customers) for item in items_of(document, SECTION, SWITCH_MEMBERS)]


def keep_switches(tenants: Tenants, entries: Sequence[SwitchEntry], *, keep: bool = True) -> Counted:
    """Keep them, and count what became of them; their customers exist by now."""
    created = updated = 0
    for one in entries:
        known, mapped = tenants.people.pbx(one.pbx.name), tenants.people.tenants(one.pbx.name)
        other = {word: whose for word, whose in one.words.items() if mapped.get(word) != whose}
        created += known is None
        updated += known is not None and (known != one.pbx or bool(other))
        if not keep:
            continue
        if known != one.pbx:
            tenants.keep(one.pbx, is_new=known is None)
        for word, whose in other.items():
            tenants.map(one.pbx.name, word, tenants.people.customer(whose) if whose else None)
    return Counted(created, updated, len(entries) - created - updated)


def _parse(tenants: Tenants, item: Item, customers: Collection[str]) -> SwitchEntry:
    item.refuse_unknown_members()
    name = item.members.get("name")
    if not isinstance(name, str):
        raise item.wrong("name", "Missing name - use that of the switch")
    known = tenants.people.pbx(name)
    values = item.read(SWITCH, required=() if known else ("source", "word"))
    source, word = (values.pop(one, getattr(known, one, "")) for one in ("source", "word"))
    before = known or Pbx(name, source, word, tenants.now_ms, SourceSetting())
    pbx = replace(before, source=source, word=word, setting=replace(before.setting, **values))
    try:
        tenants.check(pbx)
    except InvalidFieldError as why:
        raise item.wrong(why.word, why.description) from None
    return SwitchEntry(pbx, _words(pbx, item, customers))


def _words(pbx: Pbx, item: Item, customers: Collection[str]) -> dict[str, str | None]:
    """The owners of the words that are named."""
    named = item.members.get("words")
    if named is None:
        return {}
    if not isinstance(named, dict):
        raise item.wrong("words", "Invalid words - use an object, from each word to the _id of a customer")
    words: dict[str, str | None] = {}
    for word, whose in named.items():
        inside = Item(item.inside("words"), {word: whose}, (word,))
        customer = inside.id(word)
        if customer is not None and customer not in customers:
            raise inside.wrong(word, "Unknown customer - include it in the same document, with this _id")
        try:
            words[Tenants.cleaned(pbx, word)] = customer
        except InvalidFieldError as why:
            raise inside.wrong(word, why.description) from None
    return words
