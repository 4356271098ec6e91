"""In which language a page speaks, and its sentences, dates and numbers in it.

Sentences are written in English in the code and the templates, inside `_()`; `locale/da.po` has them in Danish. It is
read once at the start, so nothing has to be compiled. A page speaks the employee's language, else the customer's, else
the server's; `?language=` in an address overrides them all.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from babel.dates import format_date, format_datetime, format_timedelta, get_day_names
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from starlette.types import Scope

from pbxtally.login import LACKING

NAME = "language"
"""The name of the parameter in an address."""

LANGUAGES = {"da": "Dansk", "en": "English"}
"""The languages of the pages, each by its own name; whoever wants another gets English."""

PATTERNS = {
    "da": ("EEEE 'den' d. MMMM y", "HH.mm"),
    "en": ("EEEE d MMMM y", "HH:mm"),
}
"""Patterns for a day, and a time of day."""


class PageLanguage(NamedTuple):
    """The language of one page, whether its address asked for it, and the query of its address."""

    language: str
    is_asked: bool
    query: str


class Choice(NamedTuple):
    """The same page in a language."""

    language: str
    name: str
    address: str
    is_here: bool


def read_catalog(name: str) -> dict[str, str]:
    """From English texts to those in another language."""
    with (Path(__file__).parent / "locale" / f"{name}.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


CATALOGS: dict[str, dict[str, str]] = {"da": read_catalog("da"), "en": {}}

_UNASKED = PageLanguage("en", False, "")

_page_language: ContextVar[PageLanguage] = ContextVar("speech", default=_UNASKED)


def begin_language(scope: Scope) -> None:
    """Speak as a request's address says, else as the server does, until it is known who listens."""
    query = scope["query_string"].decode("latin-1")
    requested_language = dict(parse_qsl(query)).get(NAME, "") if query else ""
    language = requested_language if requested_language in LANGUAGES else scope["app"].state.backend.language
    _page_language.set(PageLanguage(_base_language(language), requested_language in LANGUAGES, query))


def use_language(*languages: str | None) -> None:
    """Speak the first language given that is not empty, unless the address asked for another."""
    speech = _page_language.get()
    wanted = next(filter(None, languages), None)
    if wanted and not speech.is_asked:
        _page_language.set(speech._replace(language=_base_language(wanted)))


def _base_language(language: str) -> str:
    """`da-DK` is `da`."""
    short = language.replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else "en"


def page_language() -> str:
    """The language of this page."""
    return _page_language.get().language


def requested_language() -> str:
    """The language that the address asked for; "" if none."""
    speech = _page_language.get()
    return speech.language if speech.is_asked else ""


def with_language(address: str, language: str | None = None) -> str:
    """An address of ours, with the language that was asked for, here or on the way here."""
    language = requested_language() if language is None else language
    if language not in LANGUAGES:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({NAME: language})}"


def _(text: str, **values: object) -> str:
    """The sentence in the page's language, with values in place of the names in braces."""
    found = in_language(page_language(), text)
    return found.format(**values) if values else found


def translated(why: str, **values: object) -> str:
    """What was wrong, in the language of the page; of a password each thing that it lacks."""
    if not why.startswith(LACKING):
        return _(why, **values)
    lacks = why.removeprefix(LACKING).split(", ")
    return _("The password needs {lacks}", lacks=", ".join(_(one) for one in lacks))


def in_language(language: str, text: str) -> str:
    """The sentence in a language."""
    return CATALOGS[language].get(text) or text


def language_choices() -> list[Choice]:
    """The page in every language."""
    speech = _page_language.get()
    kept = [(name, value) for name, value in parse_qsl(speech.query, keep_blank_values=True) if name != NAME]
    return [
        Choice(one, name, f"?{urlencode([*kept, (NAME, one)])}", one == speech.language)
        for one, name in LANGUAGES.items()
    ]


def number(value: int) -> str:
    """A whole number with the language's thousands separators."""
    return _number(value, page_language())


@lru_cache(maxsize=65_536)
def _number(value: int, language: str) -> str:
    """The same, cached: a page shows thousands of numbers, most of them small and often the same."""
    return format_decimal(value, locale=language)


def ago(milliseconds: int) -> str:
    """How long ago something was, in the largest unit that fits."""
    return format_timedelta(timedelta(milliseconds=-milliseconds), add_direction=True, locale=page_language())


def day(moment: date) -> str:
    """A day in words."""
    return format_date(moment, PATTERNS[page_language()][0], locale=page_language())


def short_day(one: date) -> str:
    """A short day, without its year."""
    return format_date(one, "d. MMM" if page_language() == "da" else "d MMM", locale=page_language())


def short_date(one: date) -> str:
    """A short day, with its year."""
    return format_date(one, "d. MMM y" if page_language() == "da" else "d MMM y", locale=page_language())


def short_month(one: date) -> str:
    """A month and its year."""
    return format_date(one, "MMM y", locale=page_language())


def time_of_day(moment: datetime) -> str:
    """Hours and minutes."""
    return format_datetime(moment, PATTERNS[page_language()][1], locale=page_language())


def weekdays(width: Literal["wide", "short"] = "wide") -> list[str]:
    """The days of the week from Monday on."""
    names = get_day_names(width, locale=page_language())
    return [names[at].capitalize() for at in range(7)]


def percent(over: int, under: int) -> str:
    """A share in whole percent; a share of 0 is none."""
    return in_percent(whole_percent(over, under)) if under else "–"


def in_percent(whole: int) -> str:
    """So many percent, as the language writes them."""
    return format_percent(whole / 100, locale=page_language())


def whole_percent(over: int, under: int) -> int:
    """A share, rounded half up; but less than all is never shown as 100, nor more than none as 0."""
    share = (200 * over + under) // (2 * under)
    return min(max(share, 1), 99) if 0 < over < under else share
