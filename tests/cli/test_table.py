"""A report on a terminal: readable however wide that is, whatever people are called."""

import pytest

from pbxtally.cli.table import print_report
from pbxtally.fields import PAGE_FIELDS
from renderers.reports import HOSTILE, TWO_MEASURES, named, report, row

TEN = tuple(range(10, 20))


@pytest.fixture
def lines(capsys, monkeypatch):
    """What a terminal of some width shows of a report."""

    def shown(made, width=80):
        monkeypatch.setenv("COLUMNS", str(width))
        print_report(made)
        return capsys.readouterr().out.splitlines()

    return shown


def test_a_row_for_each_extension_and_interval_under_the_customers_name(lines):
    made = report(row("Bo Madsen", "232", {"49": (80, 111), "50": (106, 9)}), fields=TWO_MEASURES)
    assert lines(made) == [
        "Nordlys",
        "",
        "employee   extension            outbound  inbound",
        "Name       Number     interval     Calls    Calls",
        "Bo Madsen  232        49              80      111",
        "Bo Madsen  232        50             106        9",
    ]


def test_where_there_are_no_calls_it_says_so(lines):
    assert lines(report()) == ["Nordlys", "no calls"]


def test_columns_that_do_not_fit_stand_in_a_table_below(lines):
    shown = lines(report(row("Bo Madsen", "232", {"49": TEN})))
    assert [line.split() for line in shown if line.startswith("Bo")] == [
        ["Bo", "Madsen", "232", "49", *map(str, part)] for part in (TEN[:4], TEN[4:9], TEN[9:])
    ]
    assert max(map(len, shown)) <= 80


def test_on_a_wide_terminal_all_stand_side_by_side(lines):
    shown = lines(report(row("Bo Madsen", "232", {"49": TEN})), width=150)
    assert [line.split() for line in shown if line.startswith("Bo")] == [["Bo", "Madsen", "232", "49", *map(str, TEN)]]


@pytest.mark.parametrize("width", [20, 40, 79])
def test_no_figure_is_cut_however_narrow_it_is(lines, width):
    figures = [10**7 + n for n in TEN]
    shown = " ".join(lines(report(row("B", "2", {"49": tuple(figures)})), width)).split()
    assert [word for word in shown if word.startswith("100000")] == list(map(str, figures))


def test_an_id_is_shown_where_nothing_better_was_asked_for(lines):
    made = report(row("Bo Madsen", "232", {}), fields=["employeeId", "extensionId", "extensionNumber"])
    assert lines(made)[-1].split() == ["5450f1834b75ff21032563a1", "232"]
    assert "employeeId" in PAGE_FIELDS  # and left out in the tables above


def test_a_call_that_nobody_held_has_an_empty_name(lines):
    made = report(row(None, "299", {"49": (1, 2)}, employee=None, extension=None), fields=TWO_MEASURES)
    assert lines(made)[-1].split() == ["299", "49", "1", "2"]


def test_no_name_breaks_the_table(lines):
    shown = lines(named([name for name in HOSTILE if len(name) < 100]), width=150)
    assert len(shown) == 4 + len(HOSTILE) - 1
    assert [line.split()[-4:] for line in shown[4:]] == [
        [str(200 + place), "49", "1", "2"] for place in range(len(HOSTILE) - 1)
    ]
    assert all(letter.isprintable() for line in shown for letter in line)


def test_a_name_in_brackets_is_no_colour(lines):
    assert lines(named(["[red]Bo[/red]"]))[-1].startswith("[red]Bo[/red]  200")
