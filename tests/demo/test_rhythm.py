from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import pytest

from pbxtally.demo.rhythm import easter_sunday, epoch_second, how_many, is_working_day, volume


@pytest.mark.parametrize("easter", ["2000-04-23", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25"])
def test_easter_is_when_the_church_says(easter):
    assert easter_sunday(date.fromisoformat(easter).year) == date.fromisoformat(easter)


@pytest.mark.parametrize(
    "closed",
    [
        "2026-01-01",  # New Year
        "2026-04-02",  # Maundy Thursday
        "2026-04-03",  # Good Friday
        "2026-04-06",  # Easter Monday
        "2026-05-14",  # Ascension
        "2026-05-25",  # Whit Monday
        "2026-06-05",  # Constitution Day
        "2026-12-24",
        "2026-12-25",
        "2023-05-05",  # Great Prayer Day, for the last time
        "2026-03-14",  # a Saturday
    ],
)
def test_the_office_is_closed(closed):
    assert not is_working_day(date.fromisoformat(closed))


@pytest.mark.parametrize("day", ["2026-04-01", "2024-04-26", "2026-12-23", "2026-03-10"])
def test_the_office_is_open(day):
    assert is_working_day(date.fromisoformat(day))


def test_july_and_fridays_are_calmer_and_holidays_nearly_silent():
    assert volume(date(2026, 7, 15)) < 0.7 * volume(date(2026, 9, 16))
    assert volume(date(2026, 9, 18)) < volume(date(2026, 9, 14))
    assert volume(date(2026, 12, 25)) < 0.05


def test_a_second_of_the_day_is_read_from_the_clock_on_the_wall():
    copenhagen = ZoneInfo("Europe/Copenhagen")
    assert epoch_second(date(2026, 3, 28), 8 * 3600, copenhagen) == 1774681200  # 07:00 UTC
    assert epoch_second(date(2026, 3, 29), 8 * 3600, copenhagen) == 1774764000  # 06:00 UTC, after the change


@pytest.mark.parametrize("mean", [0.5, 4.0, 60.0])
def test_counts_scatter_around_their_mean(mean):
    rng = Random("counts")
    drawn = [how_many(rng, mean) for _ in range(2000)]
    assert sum(drawn) / len(drawn) == pytest.approx(mean, rel=0.06)
    assert len(set(drawn)) > 3
