"""Calls nobody made: random legs, plausible enough to reach every rule of `calls.py`."""

from hypothesis import strategies as st

from pbxtally.calls import Leg, Result, Via

EXTENSIONS = ["101", "102", "103", "104"]
DECEMBER_MS = 1_606_780_800_000  # 2020-12-01T00:00Z
DAY_MS = 86_400_000

_UNTAKEN = [one for one in Result if one != Result.ANSWERED]
_WIRES = ["", "", "", "wire 1", "wire 2"]


@st.composite
def _leg(draw, key, call, at_ms):
    started = at_ms + draw(st.sampled_from([0, 0, 400, 3_000, 20_000]))
    ring = draw(st.sampled_from([0, 700, 3_000, 12_999, 20_000]))
    talk = draw(st.sampled_from([0, 300, 5_500, 61_000]))
    result = draw(st.sampled_from([Result.ANSWERED, Result.ANSWERED, Result.UNANSWERED, Result.UNANSWERED, *_UNTAKEN]))
    taken = result == Result.ANSWERED
    via = draw(st.sampled_from([Via.DEVICE] * 6 + [Via.WIRE, Via.MACHINE, Via.VOICEMAIL]))
    caller, callee = draw(st.sampled_from([*EXTENSIONS, "trunk"])), draw(st.sampled_from([*EXTENSIONS, "trunk", "*"]))
    wire = draw(st.sampled_from(_WIRES))
    return Leg(
        key=key,
        call=call,
        started_ms=started,
        ended_ms=started + ring + (talk if taken else 0),
        answered_ms=started + ring if taken else None,
        ring_ms=ring,
        talk_ms=talk if taken else 0,
        via=via,
        result=result,
        caller_number="+4599000001" if caller == "trunk" else caller,
        caller_device="" if wire else caller,
        caller_wire=wire,
        callee_device=callee if via in (Via.DEVICE, Via.WIRE) else "",
        callee_wire=draw(st.sampled_from(["wire 1", "wire 2"])) if via == Via.WIRE else "",
        ring_limit_ms=draw(st.sampled_from([None, 3_000, 20_000])),
        forwarded_by=draw(st.sampled_from(["", "", "", "", "103"])),
    )


@st.composite
def calls(draw, name="call", at_ms=DECEMBER_MS):
    """The legs of one call that starts at `at_ms` or soon after."""
    many = draw(st.integers(1, 5))
    return [draw(_leg(f"{name}-{index}", name, at_ms)) for index in range(many)]


@st.composite
def many_calls(draw, since_ms=DECEMBER_MS, days=40, most=8, near_ms=()):
    """The legs of several calls within some days, call by call; many of them within two hours of `near_ms`."""
    start = st.integers(0, days * DAY_MS - 1).map(lambda after: since_ms + after)
    for at_ms in near_ms:
        start |= st.integers(at_ms - 7_200_000, at_ms + 7_200_000)
    starts = draw(st.lists(start, min_size=1, max_size=most))
    return [leg for index, start_ms in enumerate(starts) for leg in draw(calls(f"call{index}", start_ms))]


def on_tenants_devices(legs):
    """The same calls on a PBX of many tenants, whose devices carry the tenant's name: acme-101, not 101."""

    def named(device):
        return f"acme-{device}" if device in EXTENSIONS else device

    return [
        leg._replace(
            caller_device=named(leg.caller_device),
            callee_device=named(leg.callee_device),
            forwarded_by=named(leg.forwarded_by),
        )
        for leg in legs
    ]
