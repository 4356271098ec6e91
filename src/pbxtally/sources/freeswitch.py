"""FreeSWITCH: documents of mod_json_cdr and mod_xml_cdr, in files or as posted, and `Master.csv` of mod_cdr_csv.

A document is one channel: the caller's (A leg) or one that was rung (B leg). The B legs of a call stand for what the
A leg led to, in whatever order they come; an A leg without them speaks for itself. Epochs are UTC, CSV stamps local.

What a document says is not what people think it says:
- `direction` is seen from the switch: a call that a phone makes is inbound.
- `hangup_cause` says how a leg ended, not whether it was answered: even scans nobody answered have NORMAL_CLEARING.
- `answer_epoch` of an A leg may be voicemail or music: for a person, see `bridge_epoch`.
- `call_uuid` changes with each bridge: a B leg's call is told by the channel that made it, where that is known.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg, Result, Via
from pbxtally.records import MANY_BYTES, Reading, Rejected, Tenancy, WordOf, no_time, text
from pbxtally.sources.freeswitch_documents import Document, UnusableError, body, document
from pbxtally.sources.freeswitch_times import STAMP, moment, stamped_times, times

RESULTS = {
    "NORMAL_CLEARING": Result.GAVE_UP,  # when unanswered, like everything here
    "ORIGINATOR_CANCEL": Result.GAVE_UP,
    "NO_ANSWER": Result.RANG_OUT,
    "NO_USER_RESPONSE": Result.RANG_OUT,
    "ALLOTTED_TIMEOUT": Result.RANG_OUT,
    "PROGRESS_TIMEOUT": Result.RANG_OUT,
    "USER_BUSY": Result.BUSY,
    "CALL_REJECTED": Result.REJECTED,
    "LOSE_RACE": Result.ELSEWHERE,
    "PICKED_OFF": Result.ELSEWHERE,
    "ANSWERED_ELSEWHERE": Result.ELSEWHERE,
    "USER_NOT_REGISTERED": Result.UNREACHABLE,
    "SUBSCRIBER_ABSENT": Result.UNREACHABLE,
}
"""Results by hangup cause, if nobody answered. Every other cause is FAILED: an invalid number or an error."""

ORIGINS = ("originating_leg_uuid", "originator", "ent_originate_aleg_uuid", "fifo_bridge_uuid")
"""Where a B leg names the channel that it was made for: rung together, one by one, or by a queue of mod_fifo."""

VOICEMAIL_APPS = {"voicemail"}
VOICEMAIL_BRIDGED = re.compile(r"loopback/app=voicemail\b", re.IGNORECASE)
"""The argument of the bridge by which FreeSWITCH's own dial plan reaches voicemail."""

OUTSIDE_CONTEXTS = {"public"}
OUTSIDE_PROFILES = {"external"}

CSV_COLUMNS = (
    "caller_id_name caller_id_number destination_number context start_stamp answer_stamp end_stamp "
    "duration billsec hangup_cause uuid bleg_uuid accountcode"
).split()
"""mod_cdr_csv's templates `default` and `sql`; `example` (15), `linksys` (17) and `snom` (20) have more at the end."""

ASTERISK_COLUMNS = (
    "accountcode caller_id_number destination_number context caller_id channel_name bridge_channel last_app last_arg "
    "start_stamp answer_stamp end_stamp duration billsec hangup_cause amaflags uuid userfield"
).split()
OPENCDRRATE_COLUMNS = (
    "uuid signal_bond direction caller_id_number destination_number answer_stamp end_stamp billsec accountcode "
    "userfield network_addr original_name sip_gateway_name"
).split()
"""Its other templates. `opencdrrate` does not say when a call began."""

_ANSWERED, _DEVICE = Result.ANSWERED, Via.DEVICE  # an enum's members are expensive to look up for every row
_WORD = re.compile(r"[A-Z0-9_]{2,64}")
_UUID = re.compile(r"[0-9a-fA-F-]{36}")
_SECONDS = re.compile(r"\d{1,8}", re.ASCII)
_SQL = re.compile(r"INSERT INTO \w+ VALUES ?\((.*)\);?", re.IGNORECASE)
_UUID_EPOCH = 0x01B21DD213814000  # 1970 by the clock of a time-based uuid, in units of 100 ns


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one or more legs, or the reason why not, for every record that is not blank."""
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield from _legs(body(raw), reading.zone)
        except UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def tenant_words(word: str, heading: Sequence[bytes], layout: str) -> WordOf:
    """The domain, accountcode or context of a document or a row of CSV."""

    def tenant_of(raw: bytes) -> str:
        try:
            return text(_tenant(word, body(raw)), "words").strip()
        except UnusableError:
            return ""

    return tenant_of


TENANCY = Tenancy(("domain", "accountcode", "context"), tenant_words)


def _tenant(word: str, written: str) -> str:
    if written[:1] not in ("{", "<"):
        return _csv_cells(written).get(word, "")
    found = document(written)
    if word == "context":
        return found.profile.get("context", "")
    if word == "domain":  # for a B leg, the domain that was dialled
        return (found.variables.get("domain_name") or found.variables.get("dialed_domain", "")).lower()
    return found.variables.get(word, "")


def _legs(written: str, zone: ZoneInfo) -> list[Leg]:
    if written[:1] not in ("{", "<"):
        return [_csv_leg(_csv_cells(written), zone)]
    found = document(written)
    if picked := _picked_up(found):
        return [_picker_leg(found, picked, zone)]
    origin = _origin(found)
    return [_b_leg(found, origin, zone)] if origin else _a_legs(found, zone)


# ── documents ──


def _origin(found: Document) -> str:
    """The uuid of the A leg if this is a B leg, else ""."""
    variables = found.variables
    if member := variables.get("cc_member_session_uuid") if variables.get("cc_side") == "agent" else "":
        return member
    if not _was_called(found):
        return ""
    named = next((variables[name] for name in ORIGINS if variables.get(name)), "")
    return named or found.originator or _shared(variables)


def _picked_up(found: Document) -> str:
    """The uuid of the caller's channel if this one dialled to pick up its call, and got it; else ""."""
    variables = found.variables
    return "" if variables.get("last_app") != "intercept" or _was_called(found) else variables.get("bridge_uuid", "")


def _was_called(found: Document) -> bool:
    """Whether the switch called this channel."""
    return (found.direction or found.variables.get("direction")) == "outbound"


def _shared(variables: Mapping[str, str]) -> str:
    """The id that a leg shares with others of its call, or ""."""
    call = variables.get("call_uuid", "")
    return call if call != variables["uuid"] else ""


def _a_legs(found: Document, zone: ZoneInfo) -> list[Leg]:
    """What the caller's channel led to: whom it rang, and voicemail if that took the call."""
    variables = found.variables
    uuid = variables["uuid"]
    start, answer, end = times(variables, zone)
    bridge = moment(variables, "bridge", zone)
    mailbox = _is_voicemail(variables)
    bridged = bool(variables.get("bridge_uuid") and bridge and answer) and not mailbox
    rung = variables.get("dialed_user", "")
    rang = bool(bridged or rung or variables.get("originate_disposition"))
    own = _own_phone(found)
    rung = "" if own == rung else rung
    leg = Leg(
        key=uuid,
        call=uuid,  # call_uuid may be another channel's: who picked the call up, or was put through to it
        started_ms=start,
        ended_ms=end,
        answered_ms=None,
        ring_ms=(answer or end) - start,
        talk_ms=0,
        via=Via.DEVICE if rang or not answer else Via.WIRE,  # a menu or queue: phones it rang have legs of their own
        result=Result.GAVE_UP,
        caller_number=text(found.profile.get("caller_id_number") or variables.get("sip_from_user", ""), "number"),
        caller_name=text(found.profile.get("caller_id_name", ""), "name"),
        caller_device=text(own or _caller_device(found), "number"),
        callee_wire=f"legs of {uuid}",
        dialled=text(found.profile.get("destination_number") or variables.get("sip_req_user", ""), "number"),
        words=_words_of(variables),
    )
    if bridged:
        taken = min(max(bridge or 0, answer or 0, start), end)
        leg = leg._replace(answered_ms=taken, ring_ms=taken - start, talk_ms=end - taken, result=Result.ANSWERED)
    elif rang or not answer:
        disposition = variables.get("originate_disposition", "")
        leg = leg._replace(
            result=result_of(disposition if disposition not in ("", "SUCCESS") else variables.get("hangup_cause", ""))
        )
    number = (variables.get("last_sent_callee_id_number") if bridged else "") or rung
    profile, user = _channel(variables.get("bridge_channel", "")) if bridged else ("", "")
    device = number if rung else profile if profile in OUTSIDE_PROFILES else user
    leg = leg._replace(callee_device=text(device, "number"), callee_number=text(number or leg.dialled, "number"))
    if answer is None or not mailbox:
        return [leg]
    voicemail = leg._replace(
        key=f"{uuid} voicemail", started_ms=answer, ring_ms=0, via=Via.VOICEMAIL, callee_device="", callee_wire=""
    )
    return [leg, voicemail]


def _is_voicemail(variables: Mapping[str, str]) -> bool:
    """Whether the last thing that the caller reached was voicemail."""
    app = variables.get("last_app", "").lower()
    return app in VOICEMAIL_APPS or (app == "bridge" and bool(VOICEMAIL_BRIDGED.match(variables.get("last_arg", ""))))


def _b_leg(found: Document, origin: str, zone: ZoneInfo) -> Leg:
    """A channel that was rung."""
    variables = found.variables
    start, answer, end = times(variables, zone)
    cause = variables.get("hangup_cause", "")
    lost = result_of(cause) == Result.ELSEWHERE and not moment(variables, "bridge", zone)
    taken = None if lost else answer
    number = variables.get("dialed_user") or found.profile.get("destination_number") or variables.get("sip_to_user", "")
    device = variables.get("dialed_user") or _gateway(variables)
    profile, user = _channel(variables.get("channel_name", ""))
    device = device or (profile if profile in OUTSIDE_PROFILES else user)
    return Leg(
        key=variables["uuid"],
        call=origin,
        started_ms=start,
        ended_ms=end,
        answered_ms=taken,
        ring_ms=(end if taken is None else taken) - start,
        talk_ms=0 if taken is None else end - taken,
        via=Via.MACHINE if variables.get("channel_name", "").startswith("loopback/") else Via.DEVICE,
        result=result_of(cause) if taken is None else Result.ANSWERED,
        caller_number=text(found.profile.get("caller_id_number", ""), "number"),
        caller_name=text(found.profile.get("caller_id_name", ""), "name"),
        caller_wire=f"legs of {origin}",
        callee_number=text(number, "number"),
        callee_device=text(device, "number"),
        dialled=text(number, "number"),
        words=_words_of(variables),
    )


def _picker_leg(found: Document, picked: str, zone: ZoneInfo) -> Leg:
    """A phone that picked up a call ringing elsewhere: that call reached it, and it made none itself (D2)."""
    device = text(_caller_device(found), "number")
    leg = _b_leg(found, picked, zone)
    return leg._replace(callee_device=device, callee_number=device, caller_number="", caller_name="")


def _own_phone(found: Document) -> str:
    """The phone that the switch called first so that it can call (click to call), or ""; it counts as the caller."""
    variables = found.variables
    profile, user = _channel(variables.get("channel_name", ""))
    if not _was_called(found) or not variables.get("originate_disposition") or profile in OUTSIDE_PROFILES:
        return ""
    return variables.get("presence_id", "").partition("@")[0] or user


def _caller_device(found: Document) -> str:
    """The phone that called, or how the call came from outside: gateway, context or profile."""
    variables = found.variables
    if user := variables.get("sip_auth_username") or variables.get("user_name"):
        return user
    profile, user = _channel(variables.get("channel_name", ""))
    context = found.profile.get("context", "")
    if context in OUTSIDE_CONTEXTS or profile in OUTSIDE_PROFILES:
        return _gateway(variables) or (context if context in OUTSIDE_CONTEXTS else profile)
    return variables.get("sip_from_user") or user


def _gateway(variables: Mapping[str, str]) -> str:
    return variables.get("sip_gateway_name") or variables.get("sip_gateway") or ""


def _channel(name: str) -> tuple[str, str]:
    """Profile and user of a channel name: `sofia/internal/1002@192.0.2.7:5060`."""
    parts = name.split("/")
    return (parts[1], parts[-1].partition("@")[0].removeprefix("sip:")) if len(parts) > 2 else ("", "")


@lru_cache(maxsize=1024)
def result_of(cause: str) -> Result:
    """How a leg that nobody answered ended."""
    if not cause:
        return Result.UNANSWERED
    if not _WORD.fullmatch(cause):
        raise UnusableError(f"hangup_cause is {cause[:40]!r}; a word such as NO_ANSWER was expected")
    return RESULTS.get(cause, Result.FAILED)


def _words_of(variables: Mapping[str, str]) -> str:
    words = (variables.get(name, "") for name in ("hangup_cause", "originate_disposition", "last_app", "last_arg"))
    return text(" ".join(word for word in words if word), "words")


# ── CSV ──


def _csv_cells(line: str) -> dict[str, str]:
    """The cells of a line by name; quotes inside a value are not doubled, so `","` is taken as the separator."""
    if line[:1] != '"' and (sql := _SQL.fullmatch(line)):
        line = sql[1]
    if line[:1] == '"':
        cells = line[1:].removesuffix('"').replace('", "', '","').split('","')
    else:
        try:
            cells = next(csv.reader((line,)))
        except csv.Error as why:
            raise UnusableError(f"not a CSV line: {why}") from None
    if len(cells) == len(OPENCDRRATE_COLUMNS) and _UUID.fullmatch(cells[0]):
        return _without_start(dict(zip(OPENCDRRATE_COLUMNS, cells, strict=True)))
    start = _place_of_start(cells)
    if len(cells) == len(ASTERISK_COLUMNS) and start == ASTERISK_COLUMNS.index("start_stamp"):
        return dict(zip(ASTERISK_COLUMNS, cells, strict=True))
    if start > 4:  # the caller's name contains the separator
        cells = [",".join(cells[: start - 3]), *cells[start - 3 :]]
    if start < 0 and len(cells) in (13, 15, 17, 20):
        raise UnusableError(no_time("start_stamp", cells[4], "YYYY-MM-DD HH:MM:SS"))
    if start < 4 or len(cells) not in (13, 15, 17, 20):
        raise UnusableError("neither a document nor 13, 15, 17, 18 or 20 columns with stamps in their places; cut off?")
    return dict(zip(CSV_COLUMNS, cells, strict=False))


def _place_of_start(cells: list[str]) -> int:
    """Which cell is the first stamp, or -1."""
    for place, cell in enumerate(cells):
        if ":" in cell and STAMP.fullmatch(cell):
            return place
    return -1


def _without_start(cells: dict[str, str]) -> dict[str, str]:
    """A row that begins when it was answered, or else when it ended: how long it rang is unknown."""
    return {**cells, "start_stamp": cells["answer_stamp"] or cells["end_stamp"], "context": "", "hangup_cause": ""}


def _csv_leg(cells: dict[str, str], zone: ZoneInfo) -> Leg:
    uuid = cells["uuid"]
    if not _UUID.fullmatch(uuid):
        raise UnusableError("uuid: 36 characters such as a5c9f6c0-e752-11e3-8bfb-65b6c3cdac7d were expected")
    start, answer, end = stamped_times(cells["start_stamp"], cells["answer_stamp"], cells["end_stamp"], zone)
    talk_ms = int(cells["billsec"]) * 1000 if _SECONDS.fullmatch(cells["billsec"]) else 0
    taken = answer if talk_ms else None
    caller, called = text(cells["caller_id_number"], "number"), text(cells["destination_number"], "number")
    context, cause = cells["context"], cells["hangup_cause"]
    name = cells["caller_id_name"] if "caller_id_name" in cells else _name_in(cells.get("caller_id", ""))
    return Leg(
        key=uuid,
        call=cells.get("bleg_uuid") or uuid,
        started_ms=start,
        ended_ms=end,
        answered_ms=taken,
        ring_ms=(end if taken is None else taken) - start,
        talk_ms=0 if taken is None else min(talk_ms, end - taken),
        via=_DEVICE,
        result=result_of(cause) if taken is None else _ANSWERED,
        caller_number=caller,
        caller_name=text(name, "name"),
        caller_device=text(context, "number") if context in OUTSIDE_CONTEXTS else caller,
        callee_number=called,
        callee_device=text(_rung_by(cells), "number"),
        dialled=called,
        epoch_ms=_epoch_of(uuid) if "duration" in cells else None,
        words=text(cause, "words"),
    )


def _name_in(caller_id: str) -> str:
    """The name of a caller id: `"Ann" <101>`."""
    return caller_id.rpartition("<")[0].strip(' "')


def _rung_by(cells: Mapping[str, str]) -> str:
    """The phone or gateway that was rung, if the template says so."""
    if "bridge_channel" not in cells:
        return cells.get("sip_gateway_name", "")
    profile, user = _channel(cells["bridge_channel"])
    return profile if profile in OUTSIDE_PROFILES else user


def _epoch_of(uuid: str) -> int | None:
    """When a uuid was made, if it is time-based (version 1)."""
    if uuid[14] != "1":
        return None
    try:
        return (int(uuid[15:18] + uuid[9:13] + uuid[:8], 16) - _UUID_EPOCH) // 10_000
    except ValueError:
        return None
