"""Counting done slowly: what an answer must say, from involvements, with nothing but loops and the calendar.

Nothing here knows about buckets, offset pieces or SQL: a call's interval is what a calendar in its zone says, and the
intervals of a period are found by walking through it.
"""

from collections import defaultdict
from datetime import UTC, date, datetime

HOUR_MS = 3_600_000
EPOCH = date(1970, 1, 1).toordinal()


def clock(zone, at_ms):
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)


def iso_name(interval, zone, at_ms):
    wall = clock(zone, at_ms)
    year, week, _ = wall.isocalendar()
    offset = f"{wall:%z}"
    return {
        "MONTH": f"{wall:%Y-%m}",
        "WEEK": f"{year}-W{week:02}",
        "DAY": f"{wall:%Y-%m-%d}",
        "HOUR": f"{wall:%Y-%m-%dT%H}{offset[:3]}:{offset[3:5]}",
    }[interval]


def number_name(interval, zone, at_ms):
    wall = clock(zone, at_ms)
    return str({"MONTH": wall.month, "WEEK": wall.isocalendar()[1], "DAY": wall.day, "HOUR": wall.hour}[interval])


def names_of(query):
    """A function from an instant of the period to its interval's name, and all names in time order (D13)."""
    quarter, since_ms = HOUR_MS // 4, query.period.since_ms
    first_ms = since_ms + -since_ms % quarter  # every clock's hours begin on quarters: none is skipped
    walk_ms = (since_ms, *range(first_ms, query.period.until_ms, quarter), query.period.until_ms - 1)
    walk = {at_ms: iso_name(query.interval, query.zone, at_ms) for at_ms in walk_ms}
    faces = defaultdict(set)
    for at_ms, face in walk.items():
        faces[number_name(query.interval, query.zone, at_ms)].add(face[:13] if query.interval == "HOUR" else face)
    shared = any(len(face) > 1 for face in faces.values())
    by_number = query.interval_key == "NUMBER" or (query.interval_key == "AUTO" and not shared)
    name = number_name if by_number else iso_name
    in_order = walk if query.interval == "HOUR" else sorted(walk, key=walk.__getitem__)  # a day may come back at 00:01
    every = dict.fromkeys(name(query.interval, query.zone, at_ms) for at_ms in in_order)
    ordered = sorted(every, key=int) if by_number and shared else list(every)
    return (lambda at_ms: name(query.interval, query.zone, at_ms)), ordered


def passes(one, query):
    """Whether a request counts this involvement (D5, D9, D11, D19)."""
    length = one.talk_seconds if one.outcome.name == "ANSWERED" else one.ring_seconds
    return (
        query.period.since_ms <= one.started_ms < query.period.until_ms
        and length >= query.ignore_below
        and not (query.ignore_local and one.local)
        and query.direction in ("BOTH", one.direction.name)
        and (one.outcome.name != "ELSEWHERE" or "inboundAnsweredElsewhere" in query.measures)
        and (query.hours is None or is_at_work(clock(query.zone, one.started_ms), query.hours) != query.hours.outside)
    )


def is_at_work(wall, hours):
    """Whether a clock face is inside working hours (D32)."""
    is_holiday = wall.date() in {date.fromordinal(EPOCH + day) for day in hours.days_off}
    minute = 60 * wall.hour + wall.minute
    return not is_holiday and any(since <= minute < until for since, until in hours.weekdays[wall.weekday()])


def figures(calls):
    """All measures of some involvements of one extension."""
    counted = [one for one in calls if one.outcome.name != "ELSEWHERE"]
    found = {}
    for side, word in (("IN", "inbound"), ("OUT", "outbound")):
        mine = [one for one in counted if one.direction.name == side]
        taken = [one for one in mine if one.outcome.name == "ANSWERED"]
        talks = [one.talk_seconds for one in taken]
        given_up = sum(one.reason.name == "CALLER_GAVE_UP" for one in mine)
        found[f"{word}Calls"] = len(mine)
        found[f"{word}Answered"] = len(taken)
        found[f"{word}Unanswered"] = len(mine) - len(taken)
        found[f"{word}Busy"] = sum(one.outcome.name == "BUSY" for one in mine)
        found[f"{word}Failed"] = sum(one.outcome.name == "FAILED" for one in mine)
        found[f"{word}Seconds"] = sum(talks)
        found[f"{word}LongestSeconds"] = max(talks, default=0)
        found[f"{word}AverageSeconds"] = int(sum(talks) / len(talks) + 0.5) if talks else 0
        found[f"{word}RingSeconds"] = sum(one.ring_seconds for one in mine)
        found["inboundAbandoned" if side == "IN" else "outboundCancelled"] = given_up
    found["inboundVoicemail"] = sum(one.direction.name == "IN" and one.reason.name == "VOICEMAIL" for one in counted)
    found["inboundAnsweredElsewhere"] = (
        len([one for one in calls if one.direction.name == "IN"]) - found["inboundCalls"]
    )
    found["totalCalls"] = len(counted)
    found["totalSeconds"] = found["inboundSeconds"] + found["outboundSeconds"]
    for word, outcome in (("Answered", "ANSWERED"), ("NoAnswer", "UNANSWERED"), ("Busy", "BUSY"), ("Failed", "FAILED")):
        found[f"total{word}"] = sum(one.outcome.name == outcome for one in counted)
    found["localCalls"] = sum(one.local for one in counted)
    return found


def answer(calls, assignments, names, query):
    """The rows of an answer: (employee id, employee name, extension id, number) and measures by interval (D15)."""
    name_at, all_names = names_of(query)
    rows = defaultdict(lambda: defaultdict(list))
    for one in calls:
        holder = holder_of(one.extension, one.started_ms, assignments, names, query) if passes(one, query) else None
        if holder:
            rows[holder][name_at(one.started_ms)].append(one)
    for held in assignments if query.include_empty else ():
        at_ms = max(held.since_ms, query.period.since_ms)
        if at_ms < min(held.until_ms, query.period.until_ms):
            holder = holder_of(held.number, at_ms, assignments, names, query)
            if holder:
                rows[holder] = rows[holder]
    for cells in rows.values() if query.include_empty else ():
        for name in all_names:
            cells[name] += []
    return {
        holder: {
            name: {measure: figures(cells[name])[measure] for measure in query.measures}
            for name in all_names
            if name in cells
        }
        for holder, cells in rows.items()
    }


def holder_of(number, at_ms, assignments, names, query):
    """Who held a number when a call started; None if the request leaves it out (D15, D16)."""
    held = [one for one in assignments if one.number == number and one.since_ms <= at_ms < one.until_ms]
    employee = held[0].employee if held else None
    if query.employees is not None and employee not in query.employees:
        return None
    if employee is None and not query.include_unassigned:
        return None
    if held:
        extension = held[0].extension
        known = [one for one in assignments if one.extension == extension and one.since_ms < query.period.until_ms]
        shown = max(known, key=lambda one: one.since_ms).number
    else:
        ever = [one for one in assignments if one.number == number]
        extension, shown = (max(ever, key=lambda one: one.since_ms).extension if ever else None), number
    return employee, names.get(employee), extension, shown
