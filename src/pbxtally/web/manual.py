"""A page of the manual inside the product: only the Markdown that our manual uses; any HTML is escaped.

Links work only within the page; those to other pages of the manual, which are not here, become plain words. The page
is written in English, once; in another language it is put together from the same parts, each looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from html import escape
from pathlib import Path

from pbxtally.measures import REASON_WORDS
from pbxtally.web.i18n import in_language, page_language, read_catalog

HERE = Path(__file__).parent
PLACES = (HERE / "manual", HERE.parents[2] / "docs")
"""Where the pages are: beside us in an installed package, else in the source tree."""


class Html(str):
    """Text that is HTML already: ours, or escaped."""

    def __html__(self) -> str:
        """The text itself, so that templates do not escape it."""
        return self


CATALOGS = {"da": read_catalog("da-manual")}
"""Parts of the manual in other languages: headings, paragraphs, items of lists, cells, words of drawings."""

CODES = {reason.name.lower(): word for reason, word in REASON_WORDS.items()}
"""From the name of a reason in answers to its name for people."""

ITEM = re.compile(r"^- ", re.MULTILINE)


def manual(name: str) -> Html:
    """A page in the language that is spoken, without its title; its sections begin at the second level."""
    return manual_in(name, page_language())


@lru_cache
def manual_in(name: str, language: str) -> Html:
    """The same in a language."""
    return Html("\n".join(_blocks(_read(name), partial(translated_part, language))))


def translated_part(language: str, part: str) -> str:
    """A part in a language; sentences that pages also say, and words for reasons, are translated as on the pages."""
    known = CATALOGS.get(language, {}).get(part)
    if known or language not in CATALOGS:
        return known or part
    if (code := part.strip("`")) in CODES:
        word = in_language(language, CODES[code]).lower()
        return word if code == part else f"{part} {word}"
    return in_language(language, part) if part.endswith(".") else part


def _read(name: str) -> str:
    return next(place / name for place in PLACES if (place / name).is_file()).read_text("utf-8")


Say = Callable[[str], str]
"""Gives a part in the words to write."""


def _blocks(text: str, say: Say) -> Iterator[str]:
    heading, tables = "", 0
    parts = re.split(r"^```\w*\n(.*?)^```$", re.sub(r"<!--.*?-->", "", text), flags=re.MULTILINE | re.DOTALL)
    for index, part in enumerate(parts):
        if index % 2:
            yield f'<pre tabindex="0"><code>{escape(_drawing(part, say))}</code></pre>'
            continue
        for block in re.split(r"\n\s*\n", part):
            lines = block.strip().splitlines()
            if not lines or lines[0].startswith("# "):
                continue
            if lines[0].startswith("## "):
                heading, tables = say(lines[0][3:]), 0
                yield f'<h3 id="{_anchor(lines[0][3:])}">{_inline(heading)}</h3>'
            elif lines[0].startswith("|"):
                tables += 1
                yield _table(lines, f"{heading}, {tables}", say)
            elif lines[0].startswith("- "):
                items = ITEM.split(block.strip())[1:]
                yield f"<ul>{''.join(f'<li>{_inline(say(_line(one)))}</li>' for one in items)}</ul>"
            else:
                yield f"<p>{_inline(say(_line(block)))}</p>"


def _line(text: str) -> str:
    return " ".join(text.split())


def _drawing(text: str, say: Say) -> str:
    """A drawing with its words; each takes as much room as before, trailing blanks included."""
    return re.sub(r"([a-z]+)( *)", lambda found: say(found[1]).ljust(len(found[0])), text)


def _table(lines: list[str], label: str, say: Say) -> str:
    cells = [re.split(r"(?<!\\)\|", line.strip("|")) for line in [lines[0], *lines[2:]]]
    first, *rows = [[_inline(say(cell.strip())) for cell in row] for row in cells]
    head = "".join(f'<th scope="col">{one}</th>' if one else "<td></td>" for one in first)
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">{table}</div>'


def _inline(text: str) -> str:
    """Code, links, bold and italic words; code is left alone."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{escape(one)}</code>" if index % 2 else _words(one) for index, one in enumerate(parts))


def _words(text: str) -> str:
    text = escape(text, quote=False).replace("\\|", "|")
    text = re.sub(r"\[([^]]*)\]\((#[\w-]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text, flags=re.DOTALL)
    return re.sub(r"(?<!\w)\*(.+?)\*(?!\w)", r"<em>\1</em>", text, flags=re.DOTALL)


def _anchor(heading: str) -> str:
    """The name of a heading in an address."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
