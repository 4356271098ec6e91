"""The totals under a sheet's rows: formulas that follow the filter, each with the value it has now.

Additive measures are summed, the total of a longest is the largest, and an average is computed from the totals it
depends on; if those are not in the table its total is left empty, since averages cannot be added. Averages are of
seconds, whose cells hold days: the formula rounds to whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbxtally.measures import MEASURES, Average, Measure
from pbxtally.renderers.sheet_text import DAY_SECONDS


def is_longest(name: str) -> bool:
    """Whether the total of a measure is its largest value."""
    measure = MEASURES[name]
    return isinstance(measure, Measure) and measure.longest


class Totals:
    """The running totals of a table's measures."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.values = [0] * len(self.names)
        self._longest = [is_longest(name) for name in self.names]

    def add(self, values: Sequence[int]) -> None:
        """Add a row, or another table's totals."""
        self.values = [
            max(old, new) if longest else old + new
            for old, new, longest in zip(self.values, values, self._longest, strict=True)
        ]

    def shown(self, formulas: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, int] | None]:
        """Formula and value for each measure, None to leave it empty; `cells`: where the totals will stand."""
        value_of = dict(zip(self.names, self.values, strict=True))
        cell_of = dict(zip(self.names, cells, strict=True))
        for name, formula in zip(self.names, formulas, strict=True):
            measure = MEASURES[name]
            if not isinstance(measure, Average):
                yield formula, value_of[name]
            elif measure.over in value_of and measure.under in value_of:
                over, under = cell_of[measure.over], cell_of[measure.under]
                value = Average.of(value_of[measure.over], value_of[measure.under])
                yield f"=IF({under}=0,0,ROUND({over}*{DAY_SECONDS}/{under},0)/{DAY_SECONDS})", value
            else:
                yield None


def of_rows(name: str, cells: str) -> str:
    """The total of a range of rows, without those that a filter hides."""
    return f"=SUBTOTAL({4 if is_longest(name) else 9},{cells})"


def of_sheets(name: str, cells: Sequence[str]) -> str:
    """The total of several sheets' totals."""
    return f"=MAX({','.join(cells)})" if is_longest(name) else f"={'+'.join(cells)}"
