"""A page of the manual inside the product: as much of Markdown as our manual is written in, and nothing else of HTML.

Links lead on only inside the page; to other pages of the manual, which are not here, they are the words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
PLACES = (HERE / "manual", HERE.parents[2] / "docs")
"""Where the pages are: beside us in what was installed, among the sources elsewhere."""


class Html(str):
    """Text that is written as HTML already: ours, or escaped."""

    def __html__(self) -> str:
        """The same, for templates that escape."""
        return self


@lru_cache
def manual(name: str) -> Html:
    """A page, without its title; its sections are those of a second level."""
    file = next(place / name for place in PLACES if (place / name).is_file())
    return Html("\n".join(_blocks(file.read_text("utf-8"))))


def _blocks(text: str) -> Iterator[str]:
    heading, tables = "", 0
    parts = re.split(r"^```\w*\n(.*?)^```$", re.sub(r"<!--.*?-->", "", text), flags=re.MULTILINE | re.DOTALL)
    for index, part in enumerate(parts):
        if index % 2:
            yield f'<pre tabindex="0"><code>{escape(part)}</code></pre>'
            continue
        for block in re.split(r"\n\s*\n", part):
            lines = block.strip().splitlines()
            if not lines or lines[0].startswith("# "):
                continue
            if lines[0].startswith("## "):
                heading, tables = lines[0][3:], 0
                yield f'<h3 id="{_anchor(heading)}">{_inline(heading)}</h3>'
            elif lines[0].startswith("|"):
                tables += 1
                yield _table(lines, f"{heading}, table {tables}")
            elif lines[0].startswith("- "):
                items = re.split(r"^- ", block.strip(), flags=re.MULTILINE)[1:]
                yield f"<ul>{''.join(f'<li>{_inline(one)}</li>' for one in items)}</ul>"
            else:
                yield f"<p>{_inline(block.strip())}</p>"


def _table(lines: list[str], label: str) -> str:
    rows = [[_inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    head = "".join(f'<th scope="col">{one}</th>' if one else "<td></td>" for one in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows[2:])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">{table}</div>'


def _inline(text: str) -> str:
    """Code, links, bold and slanted words; what stands in code is left alone."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{escape(one)}</code>" if index % 2 else _words(one) for index, one in enumerate(parts))


def _words(text: str) -> str:
    text = escape(text, quote=False).replace("\\|", "|")
    text = re.sub(r"\[([^]]*)\]\((#[\w-]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text, flags=re.DOTALL)
    return re.sub(r"(?<!\w)\*(.+?)\*(?!\w)", r"<em>\1</em>", text, flags=re.DOTALL)


def _anchor(heading: str) -> str:
    """What a heading is called in an address."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
