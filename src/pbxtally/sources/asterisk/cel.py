"""A CEL event and what it says: what a channel did, and when. `pbxtally.channel_legs` makes legs from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pbxtally.channels import CALLED, NOBODY, Event
from pbxtally.csv_json import from_json
from pbxtally.legs import SERVICE, Leg, Result, Via
from pbxtally.plurals import quantity
from pbxtally.records import text
from pbxtally.sources.asterisk.cdr import (
    CALLED_APPS,
    VOICEMAIL_APPS,
    device_of,
    dialled_device,
    epoch_ms_of,
    ring_limit_ms,
    wire_of,
)
from pbxtally.sources.asterisk.clock import Clock, UnusableError

EVENTS = {
    "CHAN_START": Event.START,
    "CHAN_END": Event.OTHER,
    "ANSWER": Event.OTHER,  # the PBX answers, too: only a bridge proves a person
    "HANGUP": Event.HANGUP,
    "APP_START": Event.OTHER,  # Dial, Queue and voicemail: see APPS
    "APP_END": Event.OTHER,
    "BRIDGE_ENTER": Event.BRIDGE_IN,
    "BRIDGE_EXIT": Event.BRIDGE_OUT,
    "BRIDGE_START": Event.BRIDGE_IN,  # before version 12, about both channels: see PAIRED
    "BRIDGE_END": Event.BRIDGE_OUT,
    "BRIDGE_UPDATE": Event.OTHER,
    "CONF_ENTER": Event.OTHER,
    "CONF_EXIT": Event.OTHER,
    "CONF_START": Event.OTHER,
    "CONF_END": Event.OTHER,
    "3WAY_START": Event.OTHER,
    "3WAY_END": Event.OTHER,
    "TRANSFER": Event.OTHER,
    "HOOKFLASH": Event.OTHER,
    "BLINDTRANSFER": Event.BRIDGE_OUT,  # whoever transferred the caller may stay in the bridge, alone
    "ATTENDEDTRANSFER": Event.OTHER,
    "PICKUP": Event.PICKED,
    "FORWARD": Event.FORWARD,
    "PARK_START": Event.OTHER,
    "PARK_END": Event.OTHER,
    "LOCAL_OPTIMIZE": Event.OTHER,
    "LOCAL_OPTIMIZE_BEGIN": Event.OTHER,
    "STREAM_BEGIN": Event.OTHER,
    "STREAM_END": Event.OTHER,
    "DTMF": Event.OTHER,
    "USER_DEFINED": Event.OTHER,
    "LINKEDID_END": Event.GONE,
}
PAIRED = {"BRIDGE_START", "BRIDGE_END"}
"""Events reported at one channel, for it and its peer."""

APPS = {"dial": Event.DIAL, "queue": Event.QUEUE, "followme": Event.QUEUE, "page": Event.QUEUE}

CAUSES = {
    17: Result.BUSY,
    18: Result.RANG_OUT,
    19: Result.RANG_OUT,
    20: Result.UNREACHABLE,
    21: Result.REJECTED,
    26: Result.ELSEWHERE,
}
"""Q.850 causes of an unanswered channel; those in FAILED_CAUSES are FAILED, all others just mean the end."""

FAILED_CAUSES = {1, 2, 3, 5, 6, 22, 27, 28, 34, 38, 41, 42, 44, 47, *range(50, 59), *range(63, 67), 79, 88}
FAILED_CAUSES |= {*range(95, 103), 111}

CEL_COLUMNS = (
    "eventtype eventtime cidname cidnum exten context channame appname appdata uniqueid linkedid peer userdeftype extra"
).split()
CEL_SAMPLE_COLUMNS = (
    "eventtype eventtime cidname cidnum ani rdnis dnid exten context channame appname appdata amaflags accountcode "
    "uniqueid linkedid peer userfield userdeftype extra"
).split()

_OTHER_NAMES = {"cid_name": "cidname", "cid_num": "cidnum", "channel": "channame", "eventextra": "extra"}


def named(cells: list[str]) -> dict[str, str]:
    """A line's words by name: the 14 columns that we ask for, or the 20 of the sample configuration."""
    for names in (CEL_COLUMNS, CEL_SAMPLE_COLUMNS):
        if len(cells) == len(names):
            return dict(zip(names, cells, strict=True))
    wanted = f"{len(CEL_COLUMNS)} or {len(CEL_SAMPLE_COLUMNS)}"
    raise UnusableError(f"{quantity(len(cells), 'column')}; a CEL line has {wanted}")


def event_of(said: Mapping[str, Any], clock: Clock) -> Leg:
    """The event, in a leg's fields as `pbxtally.channels` describes them."""
    row = {_OTHER_NAMES.get(name, name): "" if word is None else str(word) for name, word in said.items()}
    kind_word, app, data = row["eventtype"], row.get("appname", ""), row.get("appdata", "")
    channel, uniqueid = row.get("channame", ""), row.get("uniqueid", "")
    if not channel or not uniqueid:
        raise UnusableError("a CEL event without channame or uniqueid")
    epoch_ms = epoch_ms_of(uniqueid)
    at_ms = clock.at("eventtime", row.get("eventtime", ""), epoch_ms)
    if at_ms is None:
        raise UnusableError("eventtime is empty")
    extra = _extra(row.get("extra", ""))
    kind = _kind(kind_word, app.lower(), extra)
    cause = extra.get("hangupcause")
    said_so = f"{kind_word} {app}({data})" if app else kind_word
    bridge = str(extra.get("bridge_id", ""))[:8]  # a channel may enter two in one of the manager's whole seconds
    happened = f"{kind_word} {bridge} {app}({data})" if bridge else said_so
    return Leg(
        key=text(f"cel:{uniqueid} {at_ms} {happened}", "words"),
        call=row.get("linkedid") or uniqueid,
        started_ms=at_ms,
        ended_ms=at_ms,
        answered_ms=None,
        ring_ms=0,
        talk_ms=0,
        via=Via.EVENT,
        result=_result(cause) if kind == Event.HANGUP else Result.UNANSWERED,
        caller_number=text(row.get("cidnum", ""), "number"),
        caller_name=text(row.get("cidname", ""), "name"),
        caller_device=device_of(channel),
        caller_wire=wire_of(channel),
        callee_number=text(_sent_to(extra) if kind == Event.FORWARD else row.get("exten", ""), "number"),
        callee_name=CALLED if _is_called(row) else "",
        callee_device=_target(data) if kind == Event.DIAL else _ended_by(extra),
        callee_wire=text(uniqueid, "number"),
        forwarded_by=_end(row.get("peer", "")) if kind_word in PAIRED else "",
        dialled=kind,
        ring_limit_ms=ring_limit_ms(app, data) if kind == Event.DIAL else None,
        epoch_ms=epoch_ms if kind == Event.START else None,
        words=text(said_so if cause is None else f"{said_so} cause {cause}", "words"),
    )


def _is_called(row: Mapping[str, str]) -> bool:
    """Whether the PBX rang this channel for somebody else.

    The first end of a wire is the one that is rung, even if no application says so. A phone that picks a call up takes
    over the application, but began a call of its own; one that is rung so that it can call (Originate) makes that call.
    """
    began_it = row.get("linkedid") == row.get("uniqueid")
    return row.get("channame", "").endswith(";1") or (row.get("appname") in CALLED_APPS and not began_it)


def _end(channel: str) -> str:
    """What `pbxtally.channels` calls a channel: its device, or the end of a wire."""
    return channel if wire_of(channel) else device_of(channel) or NOBODY


def _kind(word: str, app: str, extra: Mapping[str, Any]) -> Event:
    kind = EVENTS.get(word, Event.OTHER)
    if word == "APP_START":
        return Event.VOICEMAIL if app in VOICEMAIL_APPS else APPS.get(app, Event.OTHER)
    if word == "APP_END" and app in APPS:
        return Event.DIALLED
    if kind in (Event.BRIDGE_IN, Event.BRIDGE_OUT) and extra.get("bridge_technology") == "holding_bridge":
        return Event.OTHER  # parked, or on hold with music: nobody is at the other end
    return kind


def _ended_by(extra: Mapping[str, Any]) -> str:
    """SERVICE if the dial plan hung this channel up, and neither its own device nor the other side."""
    return SERVICE if str(extra.get("hangupsource", "")).startswith("dialplan/") else ""


def _sent_to(extra: Mapping[str, Any]) -> str:
    """The number that a phone forwarded its call to."""
    return str(extra.get("forward", "")).partition("@")[0]


def _extra(written: str) -> Mapping[str, Any]:
    cause, *more = written.split(",")  # before version 12: cause, who hung up, how Dial ended
    if more and cause.isdecimal() and len(cause) <= 3:
        return {"hangupcause": int(cause), "hangupsource": more[0]}
    try:
        extra = from_json(written or "{}")
    except (ValueError, RecursionError):
        return {}
    return extra if isinstance(extra, dict) else {}


def _result(cause: object) -> Result:
    if not isinstance(cause, int):
        return Result.UNANSWERED
    return Result.FAILED if cause in FAILED_CAUSES else CAUSES.get(cause, Result.UNANSWERED)


def _target(data: str) -> str:
    """The one device that a Dial is for; SERVICE if there are several."""
    devices = {dialled_device(target) for target in data.replace("|", ",").partition(",")[0].split("&")}
    return devices.pop() if len(devices) == 1 else SERVICE
