"""Which calls belong in a list, decided without reading their legs where that is possible.

Most calls were for one extension, or ended alike for all: how they ended follows from what they are counted as. And
most texts occur in few calls only. Legs are read only for the calls left undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from pbxtally.call_query import CallsQuery, TerminatedBy, TerminatedReason
from pbxtally.call_summary import CallSummary, end_of
from pbxtally.calls import Outcome, Reason
from pbxtally.intervals import Period
from pbxtally.numbering import Numberings
from pbxtally.people import Assignment


class KnowsEnds(Protocol):
    """A store that knows how calls ended, and which may contain a text."""

    def calls_ended(self, customer: str, period: Period) -> list[tuple[int, int, int, int]]:
        """Calls all of whose involvements have the same outcome and reason: id, start, and these."""
        ...

    def calls_saying(
        self, customer: str, period: Period, says: Callable[[str], bool], numbers: Collection[str]
    ) -> set[int]:
        """Calls with a text that `says` accepts, or with one of the numbers; and perhaps some others."""
        ...


class Candidate(NamedTuple):
    """A call that may be asked for; `is_sure`: it certainly is."""

    call_id: int
    started_ms: int
    is_sure: bool


def candidates(
    store: KnowsEnds,
    query: CallsQuery,
    found: Sequence[tuple[int, int]],
    assignments: Iterable[Assignment],
    names: dict[str, str],
    numberings: Numberings,
) -> Iterator[Candidate]:
    """The calls found that may be asked for, in the same order."""
    ends = _ends(store, query)
    saying = _saying(store, query, assignments, names, numberings) if query.filter else None
    for call_id, started_ms in found:
        fits = ends.get((call_id, started_ms))
        if fits is not False and (saying is None or call_id in saying):
            yield Candidate(call_id, started_ms, fits is True and saying is None)


def fits_end(query: CallsQuery, by: TerminatedBy | None, reason: TerminatedReason, answered: bool) -> bool:
    """Whether a call that ended so is asked for."""
    return (
        (query.terminated_by is None or by is query.terminated_by)
        and (not query.terminated_reasons or reason in query.terminated_reasons)
        and (query.answered_by_callee is None or answered is query.answered_by_callee)
    )


def fits(one: CallSummary, query: CallsQuery) -> bool:
    """Whether a call is asked for."""
    ends = fits_end(query, one.terminated_by, one.terminated_reason, one.answered_by_callee)
    return ends and one.has(query.filter)


def _ends(store: KnowsEnds, query: CallsQuery) -> dict[tuple[int, int], bool]:
    """Whether each call's end is asked for, where it is known without looking at the call."""
    if not query.asks_how_ended:
        return {}
    answers: dict[tuple[int, int], bool] = {}
    for is_so in Outcome:
        for because in Reason:
            reason, by = end_of(because, is_so)
            answers[is_so, because] = fits_end(query, by, reason, is_so is Outcome.ANSWERED)
    ended = store.calls_ended(query.customer, query.period)
    return {(call_id, start): answers[outcome, why] for call_id, start, outcome, why in ended}


def _saying(
    store: KnowsEnds,
    query: CallsQuery,
    assignments: Iterable[Assignment],
    names: dict[str, str],
    numberings: Numberings,
) -> set[int]:
    """The calls that may have the text in a number or a name of either side."""
    numbers = {one.number for one in assignments if query.filter in names.get(one.employee or "", "").casefold()}

    def says(text: str) -> bool:
        return query.filter in text.casefold() or numberings.name_of(text) in numbers

    return store.calls_saying(query.customer, query.period, says, numbers)
