"""A CDR row and what it says, which is not what people think it says.

- `dst` is what was dialled; the phone that rang is in `dstchannel`.
- A row without `dstchannel` is not a ringing phone: it is the rest of the dial plan, an announcement, voicemail, or
  (after Dial) a phone that could not be reached, whose name is in `lastdata`.
- `Local/…;1` and `Local/…;2` are the two ends of an internal wire.
- Before Asterisk 12 a row is a whole stay in the PBX: `dstchannel` is the phone that rang last, and what answered may
  have been voicemail after it.
- `disposition` takes precedence over `billsec`: after Answer() even an unanswered row has talk seconds.
"""

from __future__ import annotations

from functools import lru_cache

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.intervals import is_never
from pbxtally.records import text
from pbxtally.sources.asterisk.clock import Clock, UnusableError, seconds_ms
from pbxtally.sources.asterisk.shapes import UNTOLD

RESULTS = {
    "ANSWERED": Result.ANSWERED,
    "NO ANSWER": Result.UNANSWERED,  # rang out, given up or declined: other rows show which
    "BUSY": Result.BUSY,
    "FAILED": Result.FAILED,
    "CONGESTION": Result.FAILED,
    "CANCEL": Result.GAVE_UP,  # since 20.16, 21.11 and 22.6, if so configured: else NO ANSWER
    "0": Result.UNANSWERED,  # the numbers that some databases hold
    "1": Result.UNANSWERED,
    "2": Result.FAILED,
    "4": Result.BUSY,
    "8": Result.ANSWERED,
    "16": Result.FAILED,
}
CALLED_APPS = {"AppDial", "AppDial2", "AppQueue"}
"""The application of a channel that the PBX rang."""

ROOM_APPS = {"ConfBridge", "MeetMe"}
VOICEMAIL_APPS = {"voicemail", "vm", "minivmrecord"}

STANDING_IN = {"AsyncGoto", "Transfered", "Parked", "Bridge"}
"""What precedes a channel's name in the name of a channel that replaced it."""

LINES = {"DAHDI", "ZAP"}
"""Technologies whose devices are lines of interface cards."""

_ANSWERED, _DEVICE = Result.ANSWERED, Via.DEVICE  # an enum's members are expensive to look up for every row
_HEX = frozenset("0123456789abcdef")


def leg_of(cells: list[str], clock: Clock) -> Leg:
    """The leg of a row."""
    (
        _, src, dst, _, clid, channel, dstchannel, app, data, start, _, _, _, _,
        disposition, _, uniqueid, _, _, linkedid, sequence,
    ) = cells  # fmt: skip
    result = RESULTS.get(disposition.upper())
    if result is None:
        raise UnusableError(f"unknown disposition {disposition[:40]!r}; known are {', '.join(RESULTS)}")
    epoch_ms = epoch_ms_of(uniqueid)
    started_ms, answered_ms, ended_ms, ring_ms, talk_ms = _times(cells, clock, epoch_ms)
    via, result, device = _far_end(dst, dstchannel, app.lower(), data, result)
    if app in ROOM_APPS or (app in CALLED_APPS and talk_ms == 0):
        via, device = Via.MACHINE, ""  # others in the room; a phone passed through when two calls become one
    if not linkedid and channel.startswith("Local/"):
        via = Via.MACHINE  # without linkedid nothing links this end to the other, which stands for both
    if result in (_ANSWERED, Result.VOICEMAIL) and answered_ms is not None:
        ring_ms = answered_ms - started_ms
    if result != _ANSWERED or answered_ms is None:
        answered_ms, talk_ms = None, 0
    return Leg(
        # uniqueid alone repeats within a call
        f"{uniqueid} {sequence}"
        if uniqueid and sequence
        else f"{uniqueid or channel} {dstchannel} {start} {app} {data}",
        linkedid or uniqueid or f"{channel} {start[:10]}",
        started_ms,
        ended_ms,
        answered_ms,
        ring_ms,
        talk_ms,
        via,
        result,
        text(src, "number"),
        text(_name(clid), "name"),
        device_of(channel),
        wire_of(channel) if channel[:6] == "Local/" else "",
        text(dst, "number") if via == Via.WIRE else "",
        "",
        device,
        wire_of(dstchannel) if dstchannel[:6] == "Local/" else "",
        text(dst, "number"),
        ring_limit_ms(app, data),
        "",
        epoch_ms,
        text(f"{disposition} {app}({data})", "words"),
    )


def _times(cells: list[str], clock: Clock, epoch_ms: int | None) -> tuple[int, int | None, int, int, int]:
    """Start, answer (None: never) and end, in this order, and the lengths of the whole row and of its talk."""
    start, answer, end, duration, billsec = cells[9:14]
    duration_ms, talk_ms = _length_ms("duration", duration), _length_ms("billsec", billsec)
    started_ms = clock.at("start", start, epoch_ms)
    if started_ms is None:
        raise UnusableError("start is empty")
    ended_ms = clock.at("end", end, started_ms + duration_ms)
    if ended_ms is None:
        ended_ms = started_ms + duration_ms
    if answer == UNTOLD or (talk_ms and (not answer or is_never(answer))):
        answered_ms: int | None = started_ms + duration_ms - talk_ms
    else:
        answered_ms = clock.at("answer", answer, ended_ms - talk_ms)
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise UnusableError("impossible times: start, answer and end are not in this order")
    if not duration:  # a layout, or a table, need not have both
        duration_ms = ended_ms - started_ms
    if not billsec and answered_ms is not None and answer != UNTOLD:
        talk_ms = ended_ms - answered_ms
    return started_ms, answered_ms, ended_ms, duration_ms, talk_ms


def _length_ms(name: str, written: str) -> int:
    """Milliseconds of a length: whole seconds by a short cut, all others with care."""
    return int(written) * 1000 if written.isdecimal() and len(written) < 9 else seconds_ms(name, written)


def epoch_ms_of(uniqueid: str) -> int | None:
    """When the channel was made, which its uniqueid begins with, after the system's name if it has one."""
    seconds = (uniqueid.rpartition(".")[0] or uniqueid).rpartition("-")[2]
    return int(seconds) * 1000 if seconds.isdecimal() and 9 <= len(seconds) <= 10 else None


def _name(clid: str) -> str:
    """The name in `"Name" <number>`."""
    name, bracket, _ = clid.rpartition("<")
    return name.strip().strip('"') if bracket else ""


def _far_end(dst: str, dstchannel: str, app: str, data: str, result: Result) -> tuple[Via, Result, str]:
    """What the leg led to, how it ended, and the device rung, or the mailbox's owner if that is what was dialled."""
    if dstchannel and result == _ANSWERED and app in VOICEMAIL_APPS:
        result = Result.VOICEMAIL
    if dstchannel.startswith("Local/"):
        return Via.WIRE, result, _sent_on_by(app, data) or text(dstchannel[6:].split("@")[0], "number")
    if dstchannel:  # a queue may write its member's name there (updatecdr)
        return _DEVICE, result, device_of(dstchannel) if "/" in dstchannel else text(dstchannel, "number")
    if app in VOICEMAIL_APPS:
        box, _, options = data.replace("|", ",").partition(",")
        if box.partition("@")[0] != dst:
            return Via.VOICEMAIL, result, ""
        return Via.VOICEMAIL, Result.BUSY if "b" in options.partition("(")[0] else result, text(dst, "number")
    if app == "dial" and result in (Result.FAILED, Result.BUSY):
        result = Result.UNREACHABLE if result == Result.FAILED else result
        return _DEVICE, result, _one_target(data) or SERVICE
    return Via.MACHINE, result, ""


def _sent_on_by(app: str, data: str) -> str:
    """The phone that turned a Dial for itself alone into a wire by forwarding the call (SIP 302)."""
    return "" if app != "dial" or data.startswith("Local/") else _one_target(data)


def _one_target(data: str) -> str:
    """The device that a Dial is for; "" if there are several."""
    devices = {dialled_device(target) for target in data.replace("|", ",").partition(",")[0].split("&")}
    return devices.pop() if len(devices) == 1 else ""


def device_of(channel: str) -> str:
    """The device behind a channel name: `PJSIP/107-00000022` is 107, `DAHDI/i1/4599-3` is i1; a wire has none.

    `DAHDI/31-1` is the 31st line of the cards, not a phone with the name 31.
    """
    if channel[-9:-8] == "-" and "-" not in channel[-8:]:
        return _device(channel[:-9])
    name, dash, count = channel.rpartition("-")
    return _device(name if dash and _HEX.issuperset(count.removesuffix("<ZOMBIE>")) else channel)


@lru_cache(maxsize=4096)
def _device(name: str) -> str:
    technology, _, rest = name.removesuffix("<ZOMBIE>").partition("/")
    if technology in STANDING_IN:
        technology, _, rest = rest.partition("/")
    return "" if technology == "Local" else text(_of_line(technology, rest.split("/")[0]), "number")


def dialled_device(target: str) -> str:
    """The device behind a Dial() argument: `PJSIP/105`, `PJSIP/trunk/sip:45@host`, `SIP/4599@trunk`."""
    if target[:6].lower() == "local/":  # in whatever case somebody typed it
        return target[6:].split("@")[0]
    technology, _, rest = target.partition("/")
    return text(_of_line(technology, rest.split("/")[0].split("@")[-1]), "number")


def _of_line(technology: str, device: str) -> str:
    """The device, or the name of a card's line."""
    return f"{technology}/{device}" if device.isdecimal() and technology.upper() in LINES else device


def wire_of(channel: str) -> str:
    """What both ends of a Local channel share, or ""."""
    return channel[:-2] if channel.endswith((";1", ";2")) else ""


def ring_limit_ms(app: str, data: str) -> int | None:
    """How long Dial() was told to ring; a queue's own limit is not in the record."""
    if app != "Dial":
        return None
    seconds = data.replace("|", ",").partition(",")[2].partition(",")[0]
    return int(seconds) * 1000 if seconds.isdecimal() and len(seconds) <= 5 else None
