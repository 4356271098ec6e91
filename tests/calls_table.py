"""Calls as text tables: a line is a leg, and a call's outcome is a sentence for each extension."""

from datetime import UTC, datetime

from pbxtally.calls import SERVICE, Direction, Leg, Numbering, Outcome, Reason, Result, Via, involvements

NUMBERING = Numbering(trunks=frozenset({"trunk"}))


def ms(clock):
    """`09:00:05` of 1 December 2020, or a whole date and time, both UTC, in milliseconds."""
    text = clock if " " in clock else f"2020-12-01 {clock}"
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def legs(table):
    """The legs of a table.

    `start`, `answer`, `end`; `from` and `to`: a device, `+45…` for somebody outside (behind the trunk), `*` for a
    service of the PBX, `wire X` for an end of an internal channel, in `to` also `machine` and `voicemail`; `result`.
    Optional: `call`, `key`, `limit` (seconds the PBX meant to ring), `for` (the number by which a wire in `to` was
    called), `by` (who sent the call on), `rang` and `talk` (seconds, if the PBX wrote others than its times say).
    """
    heading, *lines = ([cell.strip() for cell in line.split("|")] for line in table.strip().splitlines())
    rows = [dict(zip(heading, line, strict=True)) for line in lines]
    return [_leg(row, f"leg{index}") for index, row in enumerate(rows)]


def _leg(row, key):
    start, end = ms(row["start"]), ms(row["end"])
    answer = ms(row["answer"]) if row.get("answer") else None
    caller, callee = row["from"], row["to"]
    ring = (end if answer is None else answer) - start
    talk = end - answer if answer is not None else 0
    return Leg(
        key=row.get("key") or key,
        call=row.get("call") or "call",
        started_ms=start,
        ended_ms=end,
        answered_ms=answer,
        ring_ms=int(row["rang"]) * 1000 if row.get("rang") else ring,
        talk_ms=int(row["talk"]) * 1000 if row.get("talk") else talk,
        via=_via(callee),
        result=Result[row["result"]],
        caller_number=caller if caller.startswith("+") else "",
        caller_device=_device(caller),
        caller_wire=caller if caller.startswith("wire") else "",
        callee_device=row.get("for") or _device(callee),
        callee_wire=callee if callee.startswith("wire") else "",
        dialled=callee if callee.startswith("+") else "",
        ring_limit_ms=int(row["limit"]) * 1000 if row.get("limit") else None,
        forwarded_by=row.get("by", ""),
    )


def _via(callee):
    return {"machine": Via.MACHINE, "voicemail": Via.VOICEMAIL, "wire": Via.WIRE}.get(callee.split(" ")[0], Via.DEVICE)


def _device(party):
    if party.startswith("+"):
        return "trunk"
    if party.startswith("wire") or party in ("machine", "voicemail"):
        return ""
    return SERVICE if party == "*" else party


def story(given, numbering=NUMBERING):
    """What a call was for each extension, a sentence each."""
    return [sentence(one) for one in involvements(legs(given) if isinstance(given, str) else given, numbering)]


def sentence(one):
    side = "local" if one.local else "outside"
    outcome, reason = Outcome(one.outcome).name.lower(), Reason(one.reason).name.lower()
    why = outcome if outcome == reason else f"{outcome}, {reason}"
    lengths = f"rang {one.ring_seconds} s, talked {one.talk_seconds} s"
    return f"{one.extension} {Direction(one.direction).name} {side}: {why}, {lengths}"
