"""Keep hosted switches: the settings of each, who owns its words, and which words are nobody's yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally import audit
from pbxtally.errors import InvalidFieldError
from pbxtally.file_checks import check_layout
from pbxtally.hosting import KnowsTenants, Switch, open_switch, place_of
from pbxtally.intake import KeepsFacts, KeepsSources, change_source_setting
from pbxtally.patterns import compile_pattern
from pbxtally.people import Customer, Pbx, SourceSetting
from pbxtally.reader import find_zone
from pbxtally.records import MANY_CHARACTERS, Rejection, Source

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
TENANT = "{tenant}"
"""What stands for the word in a switch's extension pattern."""

_OTHER_NAME = re.compile(r"(?<!\\)\{[^\W\d]\w*\}")


class KeepsTenants(KnowsTenants, KeepsSources, audit.KeepsAudit, Protocol):
    """A directory that keeps hosted switches and their maps."""

    def customers(self) -> list[Customer]:
        """Every customer."""
        ...

    def pbxs(self) -> list[Pbx]:
        """Every switch, by name."""
        ...

    def keep_pbx(self, pbx: Pbx) -> None:
        """Keep a switch, replacing what was kept under its name."""
        ...

    def drop_pbx(self, name: str, now_ms: int) -> None:
        """Forget a switch and its map; from now on its keys open nothing."""
        ...

    def keep_tenant(self, pbx: str, word: str, customer_id: str | None) -> None:
        """Let the word name this customer from now on; None: nobody any more."""
        ...

    def source_settings(self, customer_id: str) -> Mapping[str, SourceSetting]:
        """The settings of a customer's sources, by name."""
        ...


class KnowsRejections(KeepsFacts, Protocol):
    """A store that also lists what was rejected."""

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> Sequence[Rejection]:
        """The records rejected since then, the oldest first; only of one customer or place if it is named."""
        ...

    def forget_rejected(self, customer: str, source: str, raws: Collection[bytes]) -> None:
        """Take records off the list of the rejected."""
        ...


class UnknownWord(NamedTuple):
    """A word in records that were rejected because it is not in the map; "": they have none.

    `customer`: who owns it, if it was mapped since; the records then wait to be read again. `first_ms`, `last_ms`: when
    the first and the last of them came.
    """

    pbx: str
    word: str
    records: int
    first_ms: int
    last_ms: int
    customer: str | None


@dataclass(frozen=True, slots=True)
class Tenants:
    """Keeps hosted switches with what it is given. `zone` is the server's, `by` says who works here, for the audit."""

    store: KnowsRejections
    people: KeepsTenants
    sources: Mapping[str, Source]
    zone: ZoneInfo
    now_ms: int
    by: str
    actor: str | None = None

    def keep(self, pbx: Pbx, *, is_new: bool) -> None:
        """Make a switch or change its settings, and derive its customers' calls again. Raises InvalidFieldError."""
        known = self.people.pbx(pbx.name)
        if is_new and known is not None:
            raise InvalidFieldError("name", f"there is a PBX {pbx.name} already - use: pbx change")
        self.check(pbx)
        self.people.keep_pbx(pbx)
        former = known.setting.trunks if known else ()
        for customer in dict.fromkeys(self.people.tenants(pbx.name).values()):
            self._apply_settings(pbx, customer, former)

    def map(self, name: str, word: str, customer: Customer | None) -> None:
        """Give records with this word to the customer from now on; None: to nobody. Raises InvalidFieldError."""
        pbx = self._known(name)
        word = self.cleaned(pbx, word)
        before = self.people.tenants(name).get(word)
        if before is None and customer is None:
            raise InvalidFieldError("word", f"{word!r} is not in the map of {name}")
        after = customer.id if customer else None
        self.people.keep_tenant(name, word, after)
        for whose, how in ((before, "no longer"), (after, "from now on")):
            if whose is not None and before != after:
                self._apply_settings(pbx, whose)
                detail = f"{how} the calls of PBX {name} with the {pbx.word} {word}, {self.by}"
                audit.record(self.people, self.actor, whose, audit.Action.CHANGED, None, None, self.now_ms, detail)

    @staticmethod
    def cleaned(pbx: Pbx, word: str) -> str:
        """A word in the form that is compared with records of the switch. Raises InvalidFieldError."""
        word = word.strip().lower() if pbx.word == "domain" else word.strip()
        if not word:  # an unreadable record has none either, and may be anybody's
            raise InvalidFieldError("word", "a word is needed: a record without one is nobody's")
        if len(word) > MANY_CHARACTERS["name"]:  # a longer one may have been cut in the record, and be another's
            raise InvalidFieldError("word", f"a word has at most {MANY_CHARACTERS['name']} characters")
        return word

    def remove(self, name: str) -> None:
        """Forget a switch, its map, its keys, and what was nobody's. Its customers keep their calls."""
        pbx = self._known(name)
        for word in list(self.people.tenants(name)):
            self.map(name, word, None)
        raws = [one.raw for one in self.store.rejections(place_of(name))]
        self.store.forget_rejected(place_of(name), pbx.source, raws)
        self.people.drop_pbx(name, self.now_ms)

    def unknown(self, name: str) -> list[UnknownWord]:
        """The words of a switch's records that are nobody's, the most frequent first."""
        switch = self.switch(name)
        found: dict[str, list[int]] = {}
        for one in self.store.rejections(place_of(name)):
            if (word := self._word_of(switch, one)) is not None:
                found.setdefault(word, []).append(one.at_ms)
        words = [
            UnknownWord(name, word, len(came), min(came), max(came), switch.customer_of(word))
            for word, came in found.items()
        ]
        return sorted(words, key=lambda one: (-one.records, one.word))

    def switch(self, name: str) -> Switch:
        """A switch, ready to take records apart. Raises InvalidFieldError."""
        self._known(name)
        return open_switch(self.people, self.sources, name, self.zone, self.now_ms)

    def _known(self, name: str) -> Pbx:
        found = self.people.pbx(name)
        if found is None:
            names = " or ".join(one.name for one in self.people.pbxs())
            raise InvalidFieldError(
                "pbx", f"there is no PBX {name} - {f'use {names}' if names else 'create one with: pbx add'}"
            )
        return found

    @staticmethod
    def _word_of(switch: Switch, one: Rejection) -> str | None:
        """The word of a record that lacks only a customer; None if it cannot be read.

        The reason kept with it does not tell: word and map may have changed since.
        """
        heading, rest = switch.split(switch.records(one.raw))
        record = next(rest, b"")
        return switch.word_reader(heading)(record) if switch.leg_of(heading, record) is not None else None

    def check(self, pbx: Pbx) -> None:
        """Raise InvalidFieldError for what a switch cannot have."""
        if not NAME.fullmatch(pbx.name):
            raise InvalidFieldError("name", "a name has up to 60 letters, digits, dots, dashes and underscores")
        source, setting = self.sources.get(pbx.source), pbx.setting
        able = [name for name, one in self.sources.items() if one.tenancy]
        if source is None or source.tenancy is None:
            raise InvalidFieldError("source", f"no record of {pbx.source!r} names a customer - use {' or '.join(able)}")
        if pbx.word not in source.tenancy.words:
            raise InvalidFieldError(
                "word", f"{pbx.source} has no {pbx.word!r} - use {' or '.join(source.tenancy.words)}"
            )
        source.tenancy.reader(pbx.word, (), setting.layout or "")
        self.check_setting(pbx.source, setting)

    def check_setting(self, source: str, setting: SourceSetting) -> None:
        """Raise InvalidFieldError for a setting that a source cannot have."""
        if setting.layout is not None:
            check_layout(self.sources, source, setting.layout)
        if setting.timezone is not None and find_zone(setting.timezone) is None:
            raise InvalidFieldError("timezone", f"{setting.timezone!r} is not an IANA zone such as Europe/Copenhagen")
        pattern = pattern_of(setting.extensions or "", ["word"])
        compile_pattern("extensions", pattern, "the extension's number")
        if other := _OTHER_NAME.search(pattern):
            raise InvalidFieldError("extensions", f"{other[0]} stands for nothing - use {TENANT} for the word")

    def _apply_settings(self, pbx: Pbx, customer: str, former_trunks: Collection[str] = ()) -> None:
        """Read a customer's source, and derive its calls, by the switch's settings from now on.

        `former_trunks`: those that the switch had until now.
        """
        if customer not in self.people.tenants(pbx.name).values():
            return
        known = self.people.source_setting(customer, pbx.source) or SourceSetting()
        own_trunks = [one for one in known.trunks if one not in former_trunks]
        shared = pbx.setting
        setting = SourceSetting(
            shared.timezone or self.zone.key,
            with_trunks_of_switches(self.people, customer, pbx.source, own_trunks),
            self._pattern(pbx, customer) if shared.extensions else known.extensions,
            shared.layout or known.layout,
        )
        self.change_setting(customer, pbx.source, setting)

    def _pattern(self, pbx: Pbx, customer: str) -> str:
        """A switch's extension pattern for a customer, with the words of all its switches that have the same one."""
        shared = pbx.setting.extensions or ""
        alike = [one for one in switches_of(self.people, customer, pbx.source) if one.setting.extensions == shared]
        maps = [self.people.tenants(one.name) for one in alike]
        words = dict.fromkeys(word for one in maps for word, whose in one.items() if whose == customer)
        return pattern_of(shared, list(words))

    def change_setting(self, customer: str, source: str, setting: SourceSetting) -> None:
        """Remember the settings of a customer's source, and derive its calls again by them."""
        had_legs = source in self.store.sources_of(customer)
        change_source_setting(self.store, self.people, customer, source, setting, had_legs)


def switches_of(people: KeepsTenants, customer: str, source: str) -> list[Pbx]:
    """The hosted switches of a source that a customer is on."""
    return [one for one in people.pbxs() if one.source == source and customer in people.tenants(one.name).values()]


def with_trunks_of_switches(people: KeepsTenants, customer: str, source: str, trunks: Iterable[str]) -> tuple[str, ...]:
    """The trunks of a customer's own PBX, and those of the hosted switches that it is on."""
    switches = switches_of(people, customer, source)
    return tuple(dict.fromkeys((*trunks, *(trunk for one in switches for trunk in one.setting.trunks))))


def pattern_of(pattern: str, words: Sequence[str]) -> str:
    """A switch's extension pattern for the customer who has these words."""
    return pattern.replace(TENANT, f"(?:{'|'.join(map(re.escape, words))})")
