"""The manual's page of how we count, inside the product."""

import re

from pbxtally.web.manual import PLACES, manual

SOURCE = (PLACES[1] / "how-we-count.md").read_text("utf-8")


def test_every_section_table_and_drawing_of_the_manual_is_there():
    page = manual("how-we-count.md")
    assert page.count("<h3 ") == len(re.findall("^## ", SOURCE, re.M))
    assert page.count("<pre ") == len(re.findall("^```text", SOURCE, re.M))
    assert page.count("<table>") == len(re.findall(r"^\|[ -]*-{3}", SOURCE, re.M))
    assert '<h3 id="what-the-records-cannot-tell">What the records cannot tell</h3>' in page


def test_nothing_of_the_notation_is_left_over():
    words = re.sub(r"<(pre|code)\b.*?</\1>", "", manual("how-we-count.md"), flags=re.S)
    assert re.findall(r"\*\*|`|\]\(|<!--|^#|^\| ", words, re.M) == []


def test_what_is_no_markup_is_text_and_links_stay_inside():
    page = manual("how-we-count.md")
    assert set(re.findall(r"<(\w+)", page)) <= set(
        "h3 p ul li pre code table thead tbody tr th td div strong em a".split()
    )
    assert all(one.startswith("#") for one in re.findall(r'href="([^"]*)"', page))


def test_it_stands_on_the_page_of_the_product(anna):
    text = anna.get("/how-we-count?language=da").text
    assert '<section lang="en" class="manual">' in text
    assert "The plain call" in text
    assert "<script" not in text
