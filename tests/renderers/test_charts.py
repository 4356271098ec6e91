"""Charts: every figure is drawn as high as it is, said in words, and leads to its calls."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from pbxtally.renderers.charts import (
    FEW,
    PHONE,
    WIDTH,
    Chart,
    Look,
    Mark,
    Series,
    bars,
    bars_on_any_screen,
    heat_map,
    heat_of,
    heat_on_any_screen,
    spark,
    ticks_of,
)

SVG = "{http://www.w3.org/2000/svg}"


def marks(*values, of="calls"):
    return [Mark(one, f"{one} {of}", f"calls?of={of}&n={at}") for at, one in enumerate(values)]


TWO_DAYS = Chart(
    "Calls by day",
    "Every call, by what became of it.",
    ["Mon", "Tue"],
    [
        Series("Answered", marks(30, 0, of="answered"), Look.ANSWERED),
        Series("Busy", marks(10, 5, of="busy"), Look.BUSY),
    ],
)
WEEK = Chart(
    "Busiest hours", "By the clock.", ["8", "9", "10"], [Series("Mon", marks(0, 1, 10)), Series("Tue", marks(5, 0, 0))]
)


def parsed(drawing):
    return ElementTree.fromstring(drawing)


def shapes(drawing, name="rect"):
    """The shapes of a drawing: class, and height."""
    return [(one.get("class"), float(one.get("height", 0))) for one in parsed(drawing).iter(f"{SVG}{name}")]


def links(drawing):
    return [(one.get("href"), one.find(f"{SVG}title").text) for one in parsed(drawing).iter(f"{SVG}a")]


def test_bars_are_as_high_as_their_figures_and_stand_on_each_other():
    answered, busy, second = [one for one in shapes(bars(TWO_DAYS)) if one[1] != 12]
    assert (answered[0], busy[0], second[0]) == ("answered", "busy", "busy")
    assert answered[1] == pytest.approx(150, abs=0.1)  # 30 of the 40 that 200 are for
    assert busy[1] + 1 == pytest.approx(50, abs=0.1)  # a gap of one between the two
    assert second[1] == pytest.approx(25, abs=0.1)


def test_every_bar_leads_to_its_calls_and_says_how_many_and_nothing_is_no_bar():
    assert links(bars(TWO_DAYS)) == [
        ("calls?of=answered&n=0", "30 answered"),
        ("calls?of=busy&n=0", "10 busy"),
        ("calls?of=busy&n=1", "5 busy"),
    ]


def test_bars_fit_a_phone_and_the_names_of_the_series_take_as_many_lines_as_they_need():
    hours = [f"{at:02}" for at in range(24)]
    kinds = [Series(name, marks(*range(24))) for name in ("Besvaret", "Ikke besvaret", "Optaget", "Fejlet")]
    drawn = parsed(bars(Chart("Today", "", hours, kinds), PHONE))
    ends = [float(one.get("x")) + float(one.get("width")) for one in drawn.iter(f"{SVG}rect")]
    assert max(ends) <= PHONE
    words = {one.text: float(one.get("y")) for one in drawn.iter(f"{SVG}text")}
    assert [words[one.name] for one in kinds] == [14, 14, 14, 34]
    assert words["100"] > 34  # the topmost figure of the scale
    assert {"00", "02", "22"} < words.keys() and "01" not in words


@pytest.mark.parametrize(("labels", "drawings"), [(FEW, 2), (FEW + 1, 1)])
def test_only_a_few_bars_are_drawn_for_a_phone_as_well(labels, drawings):
    chart = Chart("", "", [str(at) for at in range(labels)], [Series("", marks(*range(labels)))])
    assert bars_on_any_screen(chart).count("<svg") == drawings


def test_one_call_among_thousands_is_seen():
    chart = Chart("", "", ["a", "b"], [Series("", marks(9000, 1))])
    assert shapes(bars(chart))[1] == ("plain", 1.0)


def test_cells_are_the_darker_the_more_and_every_one_with_calls_leads_there():
    drawing = heat_map(WEEK)
    assert [kind for kind, height in shapes(drawing) if height == 24] == [
        "heat-0",
        "heat-1",
        "heat-5",
        "heat-3",
        "heat-0",
        "heat-0",
    ]
    assert [said for _, said in links(drawing)] == ["1 calls", "10 calls", "5 calls"]
    words = [one.text for one in parsed(drawing).iter(f"{SVG}text")]
    assert words == ["8", "9", "10", "Mon", "1", "10", "Tue", "5", "0", "10"]


def test_on_a_phone_the_map_stands_upright_and_leads_to_the_same_calls():
    drawn = parsed(f"<div>{heat_on_any_screen(WEEK, ['Mo', 'Tu'])}</div>")
    flat, upright = (ElementTree.tostring(one) for one in drawn)
    assert sorted(links(upright)) == sorted(links(flat))
    words = [one.text for one in parsed(upright).iter(f"{SVG}text")]
    assert words == ["Mo", "Tu", "8", "5", "9", "1", "10", "10", "0", "10"]


@pytest.mark.parametrize(
    ("value", "most", "heat"), [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (200, 1000, 1), (201, 1000, 2), (9, 9, 5)]
)
def test_how_dark_a_cell_is(value, most, heat):
    assert heat_of(value, most) == heat


def test_a_spark_says_in_words_what_it_shows_and_ends_in_a_dot():
    drawing = parsed(spark([1, 5, 0], "Calls of the last three days: 1, 5, 0"))
    assert drawing.get("role") == "img"
    assert drawing.find(f"{SVG}title").text == "Calls of the last three days: 1, 5, 0"
    assert drawing.find(f"{SVG}polyline").get("points") == "3,17.4 48,3 93,21"
    assert drawing.find(f"{SVG}circle").get("cx") == "93"


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 20, 40, 60, 80, 100]),
        (1234, [0, 500, 1000, 1500]),
    ],
)
def test_an_axis_has_round_figures_up_to_the_most(most, ticks):
    assert ticks_of(most) == ticks


def test_labels_that_have_no_room_are_left_out():
    days = [f"{day} January" for day in range(1, 32)]
    drawing = parsed(bars(Chart("", "", days, [Series("", marks(*range(31)))])))
    shown = [one.text for one in drawing.iter(f"{SVG}text") if "January" in one.text]
    assert shown[:2] == ["1 January", "4 January"]


@pytest.mark.parametrize(("many", "width"), [(31, WIDTH), (160, WIDTH), (366, WIDTH), (53, PHONE), (FEW, PHONE)])
def test_labels_stand_apart_however_many_there_are(many, width):
    days = [f"{at:03} Mar" for at in range(many)]
    drawing = parsed(bars(Chart("", "", days, [Series("", marks(*range(many)))]), width))
    places = [float(one.get("x")) for one in drawing.iter(f"{SVG}text") if "Mar" in one.text]
    assert min(b - a for a, b in pairwise(places)) >= 7 * len("001 Mar")


@pytest.mark.parametrize(("calls", "size"), [(999, None), (1495, "10"), (12_345, "9")])
def test_a_figure_of_thousands_stands_in_its_cell_as_well(calls, size):
    drawing = heat_map(Chart("", "", ["8"], [Series("Mon", marks(calls))], "{:,}".format))
    [shown] = [one for one in parsed(drawing).iter(f"{SVG}text") if one.get("class") == "on-5"]
    assert (shown.text, shown.get("font-size")) == (f"{calls:,}", size)


def test_a_long_last_label_is_not_cut_off():
    hours = [f"25 Oct {hour:02}" for hour in range(49)]
    drawing = parsed(bars(Chart("", "", hours, [Series("", marks(*range(49)))])))
    last = [one for one in drawing.iter(f"{SVG}text") if "Oct" in one.text][-1]
    assert float(last.get("x")) + len(last.text) * 7 / 2 <= 960


@pytest.mark.parametrize("draw", [bars, heat_map])
def test_a_drawing_stands_alone_without_style_or_script_and_texts_are_text(draw):
    evil = "<script>\"'&"
    chart = Chart(evil, evil, [evil], [Series(evil, [Mark(3, evil, f"calls?{evil}")]), Series(evil, marks(1))])
    drawing = draw(chart)
    assert "<script" not in drawing
    assert "style" not in drawing
    root = parsed(drawing)
    assert (root.get("role"), root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text) == ("group", evil, evil)
    assert all(one.get("fill") for one in root.iter() if one.tag in (f"{SVG}rect", f"{SVG}text", f"{SVG}circle"))


@pytest.mark.parametrize("draw", [bars, heat_map])
def test_without_figures_there_is_a_drawing_all_the_same(draw):
    assert parsed(draw(Chart("Nothing", "", [], []))).get("viewBox")
    assert parsed(draw(Chart("Nothing", "", ["a"], [Series("x", marks(0))]))).get("viewBox")
