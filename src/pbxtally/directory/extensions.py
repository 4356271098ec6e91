"""Extensions of an imported document, and who holds them when.

An extension without `assignments` has always been its holder's. If it is known already, another `employee` or `number`
begins now, and the past stays. `assignments` are complete and replace what was kept. Every stretch is half open:
`until` is the same instant as the `since` of the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from pbxtally.directory.draft import ClaimedIds, People
from pbxtally.directory.members import A_NUMBER, EXTENSION, STRETCH, STRETCH_MEMBERS, Item
from pbxtally.people import FOR_EVER, SINCE_EVER, Assignment, EmployeeState, Extension
from pbxtally.reader import zone_of


class ExtensionReader:
    """Reads extensions into the people, after customers and employees; `zone` is for customers without their own."""

    def __init__(self, people: People, claimed: ClaimedIds, now_ms: int, zone: ZoneInfo) -> None:
        self._people = people
        self._claimed = claimed
        self._now_ms = now_ms
        self._zone = zone
        self._ever: dict[tuple[str, str], set[str]] = {}
        for one in people.extensions.values():
            self._note_numbers(one)

    def _note_numbers(self, extension: Extension) -> None:
        """Remember an extension by its numbers, since it may be meant without its id."""
        for number in {extension.number, *(one.number for one in self._people.held[extension.id])}:
            self._ever.setdefault((extension.customer, number), set()).add(extension.id)

    def read(self, items: list[Item]) -> None:
        """Read them all, then compare them with each other and with those that were there."""
        known = set(self._people.extensions)
        for item in items:
            self._read(item)
        self._begin_when_free(
            found
            for item, found in zip(items, self._claimed.ids(items), strict=True)
            if found not in known and not _says_assignments(item)
        )
        self._refuse_shared_numbers(items)

    def _read(self, item: Item) -> None:
        item.refuse_unknown_members()
        people, given = self._people, item.id("_id")
        customer = people.customer_of(item, people.extensions.get(given or ""))
        values = item.read(EXTENSION, required=() if given else ("number",))
        fitting = () if given else self._same_extension(customer, values["number"])
        found = self._claimed.claim(item, given, fitting)
        old = people.extensions.get(found)
        number: str | None = values.get("number")
        holder = self._employee(item, customer)
        if _says_assignments(item):
            held = self._written(item, found, customer, number or (old.number if old else None))
            self._refuse_disagreement(item, held, number, holder)
        elif old:
            self._refuse_who_left(item, holder, _at(people.held[found], self._now_ms))
            held = self._moved(old, number, holder, keeps_holder="employee" not in item.members)
        elif number:
            self._refuse_who_left(item, holder, None)
            held = [Assignment(found, number, holder)]
        else:
            raise item.wrong("number", f"Missing number - use {A_NUMBER}")
        now = _at(held, self._now_ms)
        number = now.number if now else number or (old.number if old else held[-1].number)
        people.extensions[found] = Extension(found, customer, number, values.get("name", old.name if old else None))
        people.held[found] = held
        self._note_numbers(people.extensions[found])

    def _same_extension(self, customer: str, number: str) -> list[str]:
        """Which extension has a number now; if none does, those that had it last."""
        ever = sorted(self._ever.get((customer, number), ()))
        now = {found: _at(self._people.held[found], self._now_ms) for found in ever}
        holding = [found for found, stretch in now.items() if stretch and stretch.number == number]
        return holding or [found for found in ever if self._people.extensions[found].number == number]

    def _employee(self, item: Item, customer: str) -> str | None:
        found = item.id("employee")
        if found is not None:
            employee = self._people.employees.get(found)
            if employee is None or employee.customer != customer:
                raise item.wrong("employee", "This customer has no employee with this _id")
        return found

    def _refuse_who_left(self, item: Item, holder: str | None, now: Assignment | None) -> None:
        """Refuse to give an extension to a deleted employee; `now`: its present holder, who may still be named."""
        is_new = holder is not None and (now is None or now.employee != holder)
        if is_new and self._people.employees[holder or ""].state is EmployeeState.DELETED:
            raise item.wrong(
                "employee", "This employee was deleted - name somebody else, or tell the past in assignments"
            )

    def _written(self, item: Item, extension: str, customer: str, number: str | None) -> list[Assignment]:
        """The `assignments` of an object, in time order; `number` is for those without one of their own."""
        zone = zone_of(self._people.customers[customer], self._zone)
        held = [self._stretch(part, extension, customer, number, zone) for part in _parts(item)]
        order = sorted(range(len(held)), key=lambda index: held[index].since_ms)
        for earlier, later in pairwise(order):
            if held[earlier].until_ms > held[later].since_ms:
                place = f"assignments[{max(earlier, later)}].since"
                raise item.wrong(place, f"Overlaps assignments[{min(earlier, later)}]")
        return [held[index] for index in order]

    def _stretch(self, part: Item, extension: str, customer: str, number: str | None, zone: ZoneInfo) -> Assignment:
        employee = self._employee(part, customer)
        number = part.read(STRETCH).get("number") or number
        if number is None:
            raise part.wrong("number", f"Missing number - use {A_NUMBER}")
        since, until = part.moment("since", zone, SINCE_EVER), part.moment("until", zone, FOR_EVER)
        if since >= until:
            raise part.wrong("until", "Invalid until - use a moment after since")
        return Assignment(extension, number, employee, since, until)

    def _refuse_disagreement(self, item: Item, held: list[Assignment], number: str | None, holder: str | None) -> None:
        """`number` and `employee` beside `assignments` may only repeat what these say about the present."""
        now = _at(held, self._now_ms)
        if now and number not in (None, now.number):
            raise item.wrong(
                "number", f"Its assignments say that the number is {now.number} now - leave one of the two out"
            )
        if "employee" in item.members and holder != (now and now.employee):
            raise item.wrong(
                "employee", "Its assignments say that someone else holds it now - leave one of the two out"
            )

    def _moved(self, old: Extension, number: str | None, holder: str | None, *, keeps_holder: bool) -> list[Assignment]:
        """A known extension's assignments from now on; if nobody ever held it, the first holder gets its past, too."""
        held = self._people.held[old.id]
        if holder and all(one.employee is None for one in held):
            held = [replace(one, employee=holder) for one in held]
        now = _at(held, self._now_ms)
        if keeps_holder:
            holder = now.employee if now else None
        number = number or (now.number if now else old.number)
        if now is None and (number, holder) == (old.number, None):
            return held
        return _from_now(held, Assignment(old.id, number, holder, self._now_ms))

    def _begin_when_free(self, extensions: Iterable[str]) -> None:
        """A new extension has always had its number, or has it since another extension gave it up."""
        by_number = self._by_number()
        for found in extensions:
            (held,) = self._people.held[found]
            others = by_number[self._people.extensions[found].customer, held.number]
            given_up = [one.until_ms for one in others if one.extension != found and one.until_ms <= self._now_ms]
            self._people.held[found] = [replace(held, since_ms=max(given_up, default=SINCE_EVER))]

    def _by_number(self) -> dict[tuple[str, str], list[Assignment]]:
        found: dict[tuple[str, str], list[Assignment]] = {}
        for extension, held in self._people.extensions_with_holders().values():
            for one in held:
                found.setdefault((extension.customer, one.number), []).append(one)
        return found

    def _refuse_shared_numbers(self, items: list[Item]) -> None:
        """Refuse two extensions of a customer with one number at a time; the later one in the document is wrong."""
        order = {found: index for index, found in enumerate(self._claimed.ids(items))}
        shared = [pair for held in self._by_number().values() for pair in _overlaps(held)]
        if not shared:
            return
        blamed = [sorted(pair, key=lambda one: order.get(one.extension, -1)) for pair in shared]
        other, wrong = min(blamed, key=lambda pair: order[pair[1].extension])
        item = items[order[wrong.extension]]
        whose = items[order[other.extension]].place if other.extension in order else f"extension {other.extension}"
        raise item.wrong("number", f"{whose} holds {wrong.number} at the same time - give each its time in assignments")


def _says_assignments(item: Item) -> bool:
    return item.members.get("assignments") is not None


def _parts(item: Item) -> Iterator[Item]:
    parts = item.members["assignments"]
    if not isinstance(parts, list) or not parts:
        raise item.wrong("assignments", "Invalid assignments - use an array of at least one object")
    for index, part in enumerate(parts):
        stretch = Item(item.inside(f"assignments[{index}]"), part, STRETCH_MEMBERS)
        stretch.refuse_unknown_members()
        yield stretch


def _at(held: Iterable[Assignment], at_ms: int) -> Assignment | None:
    return next((one for one in held if one.is_at(at_ms)), None)


def _from_now(held: list[Assignment], new: Assignment) -> list[Assignment]:
    """Let `new` cut off what holds when it begins, and last as long as that would have."""
    now = _at(held, new.since_ms)
    if now and (now.number, now.employee) == (new.number, new.employee):
        return held
    earlier = [replace(one, until_ms=min(one.until_ms, new.since_ms)) for one in held if one.since_ms < new.since_ms]
    later = [one for one in held if one.since_ms > new.since_ms]
    until_ms = now.until_ms if now else later[0].since_ms if later else FOR_EVER
    return [*earlier, replace(new, until_ms=until_ms), *later]


def _overlaps(held: list[Assignment]) -> Iterator[tuple[Assignment, Assignment]]:
    """Neighbours in time that belong to different extensions and overlap."""
    for one, next_one in pairwise(sorted(held, key=lambda one: one.since_ms)):
        if one.extension != next_one.extension and one.until_ms > next_one.since_ms:
            yield one, next_one
