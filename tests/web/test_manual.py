"""The manual's page of how we count, inside the product."""

import re

from pbxtally.calls import Direction, Reason
from pbxtally.fields import IDENTITY_FIELDS
from pbxtally.measures import MEASURES, REASON_WORDS
from pbxtally.web import i18n
from pbxtally.web.manual import CATALOGS, CODES, PLACES, _blocks, _read, manual, manual_in

PAGE = "how-we-count.md"
SOURCE = (PLACES[1] / PAGE).read_text("utf-8")


def test_every_section_table_and_drawing_of_the_manual_is_there():
    page = manual(PAGE)
    assert page.count("<h3 ") == len(re.findall("^## ", SOURCE, re.M))
    assert page.count("<pre ") == len(re.findall("^```text", SOURCE, re.M))
    assert page.count("<table>") == len(re.findall(r"^\|[ -]*-{3}", SOURCE, re.M))
    assert '<h3 id="what-the-records-cannot-tell">What the records cannot tell</h3>' in page


def test_nothing_of_the_notation_is_left_over():
    words = re.sub(r"<(pre|code)\b.*?</\1>", "", manual(PAGE), flags=re.S)
    assert re.findall(r"\*\*|`|\]\(|<!--|^#|^\| ", words, re.M) == []


def test_what_is_no_markup_is_text_and_links_stay_inside():
    page = manual(PAGE)
    assert set(re.findall(r"<(\w+)", page)) <= set(
        "h3 p ul li pre code table thead tbody tr th td div strong em a".split()
    )
    assert all(one.startswith("#") for one in re.findall(r'href="([^"]*)"', page))


def test_it_stands_on_the_page_of_the_product(anna):
    text = anna.get("/how-we-count").text
    assert "The plain call" in text
    assert "<script" not in text


# ── in Danish ──

NOT_TRANSLATED = {
    *(*MEASURES, *IDENTITY_FIELDS),
    *(one.name.lower() for one in Reason),
    *(one.name for one in Direction),
    *("wire", "Bo", "Madsen", "Ida", "Holm"),
}
"""Words of the API, of a drawing, and names."""


def parts_of(name):
    """The parts of a page, exactly as a translation has to name them."""
    found = []

    def note(part):
        found.append(part)
        return part

    list(_blocks(_read(name), note))
    return found


def parts():
    """What has to be there in Danish: whatever has a word in it that is not the same there."""
    for part in parts_of(PAGE):
        words = re.findall(r"[^\W\d]{2,}", re.sub("`[^`]*`", "", part))
        if set(words) - NOT_TRANSLATED:
            yield part


def test_every_part_of_the_manual_has_a_danish_one_and_no_danish_one_is_stale():
    pages_say = {part for part in i18n.CATALOGS["da"] if part.endswith(".")}
    assert set(parts()) - CATALOGS["da"].keys() - pages_say == set()
    assert set(CATALOGS["da"]) <= set(parts())


def test_nothing_is_translated_twice():
    assert [part for part in CATALOGS["da"] if part.endswith(".") and part in i18n.CATALOGS["da"]] == []


def test_a_translation_has_the_same_words_of_code_links_rules_and_numbers():
    """In any order; what is `code`, where links lead, D1, **bold**; a column by its Danish name."""
    for english, danish in CATALOGS["da"].items():
        for what in (
            r"`[^`]+`",
            r"\]\([^)]*\)",
            r"\bD\d+a?\b",
            r"\*\*",
            r"\b(?:IN|OUT|NO ANSWER|ANSWERED|CONGESTION)\b",
        ):
            assert sorted(re.findall(what, english.replace("`rang`", "`ringede`"))) == sorted(
                re.findall(what, danish)
            ), (what, english)


def test_the_drawings_keep_their_lines_in_danish():
    drawings = {language: re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S) for language, page in both().items()}
    for english, danish in zip(drawings["en"], drawings["da"], strict=True):
        assert [len(line) for line in english.splitlines()] == [len(line) for line in danish.splitlines()]
        assert re.sub("[a-z ]", "", english) == re.sub("[a-z ]", "", danish)


def test_in_danish_every_reason_of_a_drawing_is_said_in_danish():
    cells = {language: re.findall("<td>([^<]*)</td>", page) for language, page in both().items()}
    said = {one: i18n.in_language("da", word).lower() for one, word in REASON_WORDS.items()}
    shown = [(english, danish) for english, danish in zip(cells["en"], cells["da"], strict=True) if english in CODES]
    assert {code for code, _ in shown} == {one.name.lower() for one in Reason}
    assert [danish for _, danish in shown] == [said[Reason[code.upper()]] for code, _ in shown]


def test_in_danish_the_word_stands_beside_the_code_of_a_reason():
    """A file has the code: both have to be found on the page."""
    page = re.sub(r"\s+", " ", manual_in(PAGE, "da"))
    for one, word in REASON_WORDS.items():
        danish = i18n.in_language("da", word).lower()
        beside = re.findall(f"<code>{one.name.lower()}</code>,? (.{{{len(danish)}}})", page)
        assert beside, one
        assert set(beside) == {danish}


def test_in_danish_the_page_has_the_same_sections_tables_and_anchors():
    pages = {language: re.findall(r'<(?:h3|table|td|li|pre)\b|id="[^"]*"', page) for language, page in both().items()}
    assert pages["en"] == pages["da"]


def both():
    return {language: manual_in(PAGE, language) for language in ("en", "da")}


def test_the_page_of_the_product_is_danish_from_top_to_bottom(anna):
    text = anna.get("/how-we-count?language=da").text
    assert '<h3 id="the-plain-call">Det enkle opkald</h3>' in text
    assert "ekstern → 101" in text
    assert "<td>Den, der ringede, gav op, mens det ringede.</td>" in text
    assert not re.findall(r'lang="en"|\b(?:the|call|of|and)\b', re.sub(r"<[^>]*>|English", "", text.split("<main")[1]))
