"""Pages in two languages: whose language it is, and that no sentence is missing in one of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pbxtally import figure, measures, missed
from pbxtally.calls import Outcome, Result
from pbxtally.login import passwords
from pbxtally.people import AccessLevel
from pbxtally.web import (
    administration,
    filter_choices,
    i18n,
    login_pages,
    missed_page,
    overview_charts,
    overview_page,
    pages,
    periods,
    shell,
    sign_on,
    spread,
    table,
    view,
)
from web.world import ANNA

TEMPLATES = Path(pages.__file__).parent / "templates"


def sentences():
    """Every sentence that a page may say."""
    for file in TEMPLATES.parent.glob("*.py"):
        yield from re.findall(r'\b_\(\s*"([^"]+)"', file.read_text())
    yield "Calls over the period: {figures}"
    for template in TEMPLATES.glob("*.html"):
        yield from (found[1] for found in re.findall(r"""\b_\((["'])(.+?)\1[,)]""", template.read_text()))
    yield from re.findall(r'"login_?\w*\.html",\s+"([^"]+)"', Path(login_pages.__file__).read_text())
    yield from (*pages.TOLD, *sign_on.TROUBLES.values())
    yield from (*pages.HEADINGS.values(), pages.HEADING, *(one.word for one in shell.PLACES))
    yield from (*table.GROUPS.values(), table.BOTH, *(one.heading for one in table.COLUMNS.values()))
    yield from (*periods.WORDS.values(), *view.DIRECTION_WORDS.values())
    yield from (*view.INTERVAL_WORDS.values(), *filter_choices.HOURS_WORDS.values())
    yield from (one.sentence for one in measures.MEASURES.values())
    yield from (*(title for title, _ in spread.DRAWN.values()), *(word for _, word in spread.LOOKS))
    yield from (spread.SENTENCE, spread.LINK_HINT, "W{week}", "Week {week} of {year}")
    yield from measures.REASON_WORDS.values()
    yield from (one.title for one in table.COLUMNS.values())
    yield from (*measures.REASONS.values(), *(sentence for _, sentence in figure.RULES.values()))
    yield from (one.name.lower() for one in Outcome)
    yield from (one.name.lower().replace("_", " ") for one in Result)
    yield from (*missed.SEQUELS.values(), missed.RULE, *missed_page.CHOICES.values(), *overview_page.TILES.values())
    yield from (*(word for word, _ in overview_charts.OUTCOMES.values()), *overview_charts.TITLES.values())
    yield from (overview_charts.BY_OUTCOME, overview_charts.BUSIEST)
    yield from administration.sentences()
    yield from passwords.wanted("")
    yield from ("outbound", "inbound", "outbound, local", "inbound, local", "All calls matching the filters.")


def test_every_sentence_has_a_danish_one_and_no_danish_one_is_stale():
    assert set(i18n.CATALOGS["da"]) == set(sentences())


def test_a_translation_names_the_same_values():
    names = re.compile(r"\{\w+\}")
    for english, danish in i18n.CATALOGS["da"].items():
        assert sorted(names.findall(english)) == sorted(names.findall(danish)), english


@pytest.mark.parametrize(
    ("language", "heading"), [("da", "Opkald: <span"), ("en", "Calls: <span"), ("da-DK", "Opkald: <span")]
)
def test_a_page_speaks_the_employees_language(anna, world, language, heading):
    before = world.people.employee(ANNA)
    with world.people.change() as change:
        change.keep_employees([replace(before, language=language)])
    try:
        assert heading in anna.get("/calls").text
    finally:
        with world.people.change() as change:
            change.keep_employees([before])


def test_the_language_in_the_address_goes_first_and_is_kept_on_the_way(anna):
    text = anna.get("/employees?language=da").text
    assert '<html lang="da">' in text
    assert "tirsdag den 1. december 2020" in text
    assert 'href="calls?language=da"' in text
    assert 'href="?language=en"' in text
    assert "language" not in re.search(r'href="pbx/cdrstats.csv([^"]*)"', text)[1]
    assert "<h1>Opkald: " in anna.get("/calls?language=da").text


def test_pages_without_anybody_speak_as_asked_and_names_stay_as_they_are(stranger):
    assert "<h1>Log ind</h1>" in stranger.get("/login?language=da").text
    assert "<h1>Sign in</h1>" in stranger.get("/login?language=xx").text
    assert "<h1>Log ind for at se dine opkald</h1>" in stranger.get("/?language=da").text


def told(client, address, language):
    """What an error says on the page at an address."""
    separator = "&" if "?" in address else "?"
    return re.search('<p class="when">(.*?)</p>', client.get(f"{address}{separator}language={language}").text)[1]


def test_what_is_wrong_in_an_address_is_told_in_the_language_of_the_page(anna):
    wrong = "/employees?page=0"
    assert told(anna, wrong, "en") == "<code>page</code>: Invalid page - use a whole number from 1 to 2147483647"
    assert told(anna, wrong, "da") == (
        "<code>page</code>: Ugyldig værdi for page - brug et helt tal fra 1 til 2147483647"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        *("/?period=SOON", "/?from=never", "/?period=TODAY&period=TODAY", "/?groupingInterval=YEAR", "/?hours=NIGHT"),
        *("/?customer=1", "/?direction=UP", "/?ignoreBelow=-1", "/?ignoreLocal=perhaps", "/?timezone=Mars", "/?x=1"),
        *(f"/?department={'x' * 257}", "/employees?sort=x", "/employees?fields=x", "/employees?fields=,"),
        *("/calls?measure=x", "/calls?interval=x", "/calls?weekday=8", "/calls?hour=24", "/missed?returned=x"),
        *(f"/calls?extension={'x' * 256}", "/person", "/department", "/customers?page=x"),
        *("/view-save", "/no-such-page", "/administration?page=x", "/admin-audit?action=x", "/admin-employee?id=x"),
    ],
)
def test_no_error_speaks_english_on_a_danish_page(signed_in, wrong):
    owner = signed_in(AccessLevel.OWNER)
    owner.headers["Accept"] = "text/html"
    assert told(owner, wrong, "da") != told(owner, wrong, "en")
