"""What holds on any data: the contract's properties on random calls, against counting done slowly.

Property 5 is in `test_drill.py`, 6 in `stores/test_keeping.py`, 8 in `stores/test_counting.py`, 9 in `test_twins.py`,
10 for CSV and EXCEL in `renderers/test_same_figures.py`.
"""

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import oracle
from calls_table import NUMBERING, ms
from office import Office, new_id, told
from pbxtally.calls import Direction, Outcome, Via, involvements
from pbxtally.fields import FIELDS
from pbxtally.measures import MEASURES, PAGE_MEASURES, Measure
from pbxtally.people import Assignment
from random_calls import DAY_MS, EXTENSIONS, calls, many_calls

ADDING = [name for name, measure in MEASURES.items() if isinstance(measure, Measure) and not measure.longest]
INTERVALS = ["MONTH", "WEEK", "DAY", "HOUR"]
WEEK_MS = 7 * DAY_MS

# Forty days that begin here hold a clock change, a turn of the year, or nothing special.
BEGINNINGS = {
    "Europe/Copenhagen": ["2020-10-10", "2020-03-10", "2020-12-01"],
    "America/New_York": ["2021-03-01", "2021-10-25"],
    "Australia/Lord_Howe": ["2021-03-25", "2021-09-20"],
    "Asia/Kathmandu": ["2020-12-01"],
    "Pacific/Apia": ["2011-12-15"],
    "America/St_Johns": ["2010-10-20"],
}
PLACES = [(zone, day) for zone, days in BEGINNINGS.items() for day in days]

# Without shrinking, which takes minutes here: the draws of the first failure are printed as they are.
quick = settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


@lru_cache
def clock_changes(zone, since_ms):
    """When the clock changes within forty days, to the hour."""
    hours = range(since_ms, since_ms + 40 * DAY_MS, oracle.HOUR_MS)
    offsets = [oracle.clock(ZoneInfo(zone), at_ms).utcoffset() for at_ms in hours]
    return tuple(hours[place + 1] for place, (one, other) in enumerate(pairwise(offsets)) if one != other)


@st.composite
def offices(draw, store):
    """An office somewhere, with calls in its store; 102 changes hands, 103 comes and goes, 104 varies."""
    zone, day = draw(st.sampled_from(PLACES))
    since_ms = ms(f"{day} 00:00:00")
    at = [_clock(since_ms + days * DAY_MS + draw(st.integers(0, DAY_MS))) for days in (8, 15, 25)]
    office = Office(store)
    office.zone, office.since_ms, office.changes = zone, since_ms, clock_changes(zone, since_ms)
    office.legs = draw(many_calls(since_ms=since_ms, near_ms=office.changes))
    office.hires("Anna", "101")
    office.hires("Bo", "102", until=at[0])
    office.hires("Ida", "102", since=at[0])
    desk = new_id("a")
    office.hires("Ida", "103", since=at[1], until=at[2], extension=desk)
    match draw(st.sampled_from(["unknown", "for everybody", "the desk's new number"])):
        case "for everybody":
            office.held.append(Assignment(new_id("a"), "104", None))
        case "the desk's new number":
            office.hires("Ida", "104", since=at[2], extension=desk)
    office.keeps(office.legs)
    return office


def _clock(at_ms):
    return f"{oracle.clock(oracle.UTC, at_ms):%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03}"


@st.composite
def periods(draw, office):
    """From and to: any two instants, often starts of calls; or a local day, often the one whose clock changes."""
    starts = [leg.started_ms for leg in office.legs]
    if draw(st.booleans()):
        at_ms = draw(st.sampled_from([*starts, *office.changes]))
        day = f"{oracle.clock(ZoneInfo(office.zone), at_ms):%Y-%m-%d}"
        return {"from": day, "to": day, "timezone": office.zone}
    instant = st.integers(office.since_ms, office.since_ms + 41 * DAY_MS) | st.sampled_from(starts)
    since, until = sorted(draw(st.tuples(instant, instant)))
    return {"from": since, "to": until, "timezone": office.zone}


def filters():
    return st.fixed_dictionaries(
        {},
        optional={
            "ignoreBelow": st.sampled_from([1, 3, 5.5, 20, 60]),
            "ignoreLocal": st.booleans(),
            "direction": st.sampled_from(["IN", "OUT", "BOTH"]),
            "includeUnassigned": st.booleans(),
            "hours": st.sampled_from(["ALL", "WORKING", "OUTSIDE"]),
        },
    )


def whole(office, **members):
    """The whole forty days, all that adds, nothing left out."""
    everything = {"from": office.since_ms, "to": office.since_ms + 41 * DAY_MS, "timezone": office.zone}
    return {**everything, "fields": list(FIELDS), "includeUnassigned": True, "intervalKey": "ISO", **members}


def sums(rows, measures=ADDING):
    """What each row's figures are together, rows of zeros left out."""
    added = {
        row: {name: sum(cell[name] for cell in cells.values()) for name in measures} for row, cells in rows.items()
    }
    return {row: figures for row, figures in added.items() if any(figures.values())}


def together(*answers, measures=ADDING):
    """Several answers added up, cell by cell, under employee and extension; cells of zeros left out."""
    added = {}
    for rows in answers:
        for row, cells in rows.items():
            for name, cell in cells.items():
                kept = added.setdefault((holder(row), name), dict.fromkeys(measures, 0))
                for measure in measures:
                    kept[measure] += cell[measure]
    return {place: figures for place, figures in added.items() if any(figures.values())}


def holder(row):
    """Employee and extension, or a number nobody knows; the number shown is the last one in the period."""
    employee, _, extension, number = row
    return employee, extension or number


# ── the answer is what slow counting says ──


@settings(quick, max_examples=40)
@given(data=st.data())
def test_an_answer_is_what_slow_counting_says(store, data):
    office = data.draw(offices(store))
    members = {
        **data.draw(periods(office)),
        **data.draw(filters()),
        "groupingInterval": data.draw(st.sampled_from(INTERVALS)),
        "intervalKey": data.draw(st.sampled_from(["AUTO", "NUMBER", "ISO"])),
        "includeEmpty": data.draw(st.booleans()),
        "fields": [*data.draw(st.lists(st.sampled_from(FIELDS), unique=True)), "employeeId", "employeeName"],
    }
    members["fields"] = list(dict.fromkeys([*members["fields"], "extensionId", "extensionNumber", "inboundCalls"]))
    if data.draw(st.booleans()):
        members["employees"] = data.draw(st.lists(st.sampled_from([*office.names, "f" * 24]), unique=True))
    wanted = oracle.answer(told(office.legs), office.held, office.names, office.query(**members))
    found = office.rows(**members)
    assert found == wanted
    assert [list(cells) for cells in found.values()] == [list(wanted[row]) for row in found]


# ── 1: parts and wholes ──


@quick
@given(data=st.data())
def test_calls_are_answered_or_not_and_busy_and_failed_ones_are_not(store, data):
    office = data.draw(offices(store))
    for cells in office.rows(**whole(office)).values():
        for cell in cells.values():
            assert cell["outboundCalls"] == cell["outboundAnswered"] + cell["outboundUnanswered"]
            assert cell["inboundCalls"] == cell["inboundAnswered"] + cell["inboundUnanswered"]
            assert (
                cell["outboundBusy"] + cell["outboundFailed"] + cell["outboundCancelled"] <= cell["outboundUnanswered"]
            )
            assert cell["inboundBusy"] <= cell["inboundUnanswered"]
            assert cell["inboundVoicemail"] + cell["inboundAbandoned"] <= cell["inboundUnanswered"]
            assert cell["inboundLongestSeconds"] <= cell["inboundSeconds"]


# ── 2: intervals, directions, employees ──


@quick
@given(data=st.data())
def test_hours_days_weeks_and_months_add_up_to_the_same(store, data):
    office = data.draw(offices(store))
    members = {**whole(office), **data.draw(periods(office))}
    added = [sums(office.rows(**{**members, "groupingInterval": interval})) for interval in INTERVALS]
    assert added[0] == added[1] == added[2] == added[3]


@quick
@given(data=st.data(), interval=st.sampled_from(INTERVALS))
def test_in_and_out_are_both(store, data, interval):
    office = data.draw(offices(store))
    members = {**whole(office), "groupingInterval": interval}
    both = office.rows(**members)
    parts = [office.rows(**members, direction=direction) for direction in ("IN", "OUT")]
    assert together(*parts) == together(both)


@quick
@given(data=st.data())
def test_one_request_for_each_employee_is_one_request_for_all(store, data):
    office = data.draw(offices(store))
    members = {**whole(office), "includeUnassigned": False}
    alone = [office.rows(**members, employee=employee) for employee in office.names]
    assert {row: cells for rows in alone for row, cells in rows.items()} == office.rows(**members)


# ── 3: cuts ──


@quick
@given(data=st.data(), interval=st.sampled_from(INTERVALS))
def test_any_cut_of_the_period_adds_up(store, data, interval):
    office = data.draw(offices(store))
    members = {**whole(office), "groupingInterval": interval}
    starts = [leg.started_ms for leg in office.legs]
    cuts = data.draw(st.lists(st.sampled_from(starts) | st.integers(members["from"], members["to"]), max_size=3))
    edges = [members["from"], *sorted(set(cuts) - {members["from"]}), members["to"] + 1]
    pieces = [office.rows(**{**members, "from": since, "to": until - 1}) for since, until in pairwise(edges)]
    assert together(*pieces) == together(office.rows(**members))


@quick
@given(data=st.data())
def test_an_edge_moved_by_a_millisecond_moves_the_calls_that_start_there(store, data):
    office = data.draw(offices(store))
    members = {**whole(office), "groupingInterval": "MONTH"}
    calls = told(office.legs)
    assume(calls)
    edge = data.draw(st.sampled_from([one.started_ms for one in calls]))
    with_them = together(office.rows(**{**members, "from": edge}))
    moved = together(office.rows(**{**members, "from": edge + 1}))
    only_them = together(office.rows(**{**members, "from": edge, "to": edge}))
    there = [one for one in calls if one.started_ms == edge]
    counted = [one for one in there if one.outcome != Outcome.ELSEWHERE]
    figures = [cell["inboundCalls"] + cell["outboundCalls"] for cell in only_them.values()]
    assert sum(figures) == len(counted)
    for place, cell in with_them.items():
        left, taken = moved.get(place), only_them.get(place)
        assert cell == {name: (left or {}).get(name, 0) + (taken or {}).get(name, 0) for name in ADDING}


# ── 4: local calls ──


@quick
@given(data=st.data(), interval=st.sampled_from(INTERVALS))
def test_without_local_calls_and_only_local_calls_are_all(store, data, interval):
    office = data.draw(offices(store))
    members = {**whole(office), "groupingInterval": interval}
    local = [one for one in told(office.legs) if one.local]
    only_local = oracle.answer(local, office.held, office.names, office.query(**members))
    assert together(office.rows(**members, ignoreLocal=True), only_local) == together(office.rows(**members))


@settings(max_examples=50, deadline=None)
@given(call=calls(), parties=st.permutations(EXTENSIONS))
def test_a_local_call_that_was_for_one_phone_and_stayed_there_is_one_out_and_one_in(call, parties):
    caller, callee, *_ = parties
    straight = {"via": Via.DEVICE, "caller_wire": "", "forwarded_by": ""}
    leg = call[0]._replace(caller_device=caller, caller_number=caller, callee_device=callee, **straight)
    found = involvements([leg], NUMBERING)
    assert {(one.extension, one.direction, one.local) for one in found} == {
        (caller, Direction.OUT, True),
        (callee, Direction.IN, True),
    }
    assert len(found) == 2


# ── 5: the calls behind a figure ──


@quick
@given(data=st.data())
def test_behind_a_figure_are_as_many_calls_as_it_says(store, data):
    office = data.draw(offices(store))
    members = {**whole(office), "groupingInterval": "DAY"}
    query = office.query(**members)
    figures = Counter()
    for row, cells in office.rows(**members).items():
        for name, cell in cells.items():
            figures.update({(holder(row), name, measure.name): cell[measure.name] for measure in PAGE_MEASURES})
    behind = Counter()
    for one in told(office.legs):
        row = oracle.holder_of(one.extension, one.started_ms, office.held, office.names, query)
        name = oracle.iso_name("DAY", query.zone, one.started_ms)
        for measure in PAGE_MEASURES:
            if measure.counts(one):
                behind[holder(row), name, measure.name] += measure.amount(one)
    assert +figures == +behind


# ── 7: whole weeks ──


@settings(deadline=None)
@given(call=calls())
def test_the_short_way_for_a_call_of_one_leg_comes_to_what_the_rules_say(call):
    [leg] = [one._replace(caller_wire="", callee_wire="", forwarded_by="", via=Via.DEVICE) for one in call[:1]]
    for one in (leg, leg._replace(caller_device="101", callee_device="102"), leg._replace(callee_device="*")):
        short = involvements([one], NUMBERING)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pbxtally.calls._is_plain", lambda leg: False)
            assert involvements([one], NUMBERING) == short


@quick
@given(data=st.data(), weeks=st.integers(1, 5), interval=st.sampled_from(["WEEK", "DAY", "HOUR"]))
def test_whole_weeks_later_only_the_names_are_others(store, data, weeks, interval):
    shift = weeks * WEEK_MS
    legs = data.draw(many_calls(since_ms=ms("2020-11-10 00:00:00"), days=60))
    now, later = Office(store), Office(store)
    for office, moved in ((now, 0), (later, shift)):
        office.hires("Anna", "101", "102", "103")
        office.keeps([_shifted(leg, moved) for leg in legs])
    members = {"groupingInterval": interval, "intervalKey": "ISO", "timezone": "Europe/Copenhagen"}
    since, until = ms("2020-11-09 23:00:00"), ms("2021-01-20 00:00:00")
    before = now.asks(**members, **{"from": since, "to": until})
    after = later.asks(**members, **{"from": since + shift, "to": until + shift})
    assert [row["extensionNumber"] for row in before] == [row["extensionNumber"] for row in after]
    zone = now.query().zone
    starts = {oracle.iso_name(interval, zone, one.started_ms): one.started_ms for one in told(legs)}
    for one, other in zip(before, after, strict=True):
        assert list(one["data"].values()) == list(other["data"].values())
        moved = [oracle.iso_name(interval, zone, starts[name] + shift) for name in one["data"]]
        assert moved == list(other["data"])


def _shifted(leg, by_ms):
    answered = None if leg.answered_ms is None else leg.answered_ms + by_ms
    return leg._replace(started_ms=leg.started_ms + by_ms, ended_ms=leg.ended_ms + by_ms, answered_ms=answered)


# ── filters ──


@quick
@given(data=st.data(), below=st.tuples(st.integers(0, 70), st.integers(0, 70)))
def test_a_higher_limit_leaves_out_more(store, data, below):
    office = data.draw(offices(store))
    low, high = sorted(below)
    few = together(office.rows(**whole(office), ignoreBelow=high))
    many = together(office.rows(**whole(office), ignoreBelow=low))
    for place, cell in few.items():
        assert all(cell[name] <= many[place][name] for name in ADDING)
