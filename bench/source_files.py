"""A file in every source's format: direct calls between 500 extensions and the outside, the same ones every time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

START = 1_767_600_000
FIRST_EXTENSION = 200
LAYOUTS = {
    "generic": '[fields]\nkey = "id"\nstart = "start"\nend = "end"\ncaller = "a"\ncallee = "b"\ntalk = "talk"\n',
    "kamailio": "192.0.2.99",
}


class Call(NamedTuple):
    """One call: its number, when it began, who called whom, and how long it rang and people talked."""

    number: int
    epoch: int
    caller: str
    callee: str
    ring: int
    talk: int

    def at(self, seconds: int, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
        """The time so many seconds after it began, by a UTC clock."""
        return f"{datetime.fromtimestamp(self.epoch + seconds, UTC):{pattern}}"

    @property
    def answer(self) -> str:
        """When it was answered, "" if it was not."""
        return self.at(self.ring) if self.talk else ""

    @property
    def end(self) -> str:
        """When it ended."""
        return self.at(self.ring + self.talk)

    @property
    def uuid(self) -> str:
        """An id of its own."""
        return f"{self.number:08x}-1111-4222-8333-444455556666"


def calls(many: int) -> Iterator[Call]:
    """So many calls, two thirds of them from outside, a quarter not answered."""
    dice = random.Random(21)
    epoch = START
    for number in range(many):
        epoch += dice.randint(0, 3)
        extension, outside = str(FIRST_EXTENSION + dice.randint(0, 499)), f"45{epoch % 90_000_000 + 10_000_000}"
        caller, callee = (outside, extension) if dice.random() < 0.66 else (extension, outside)
        yield Call(number, epoch, caller, callee, dice.randint(2, 20), dice.choice((0, 30, 90, 240)))


def _json(**members: object) -> str:
    return json.dumps(members) + "\n"


def _asterisk(c: Call) -> str:
    word = "ANSWERED" if c.talk else "NO ANSWER"
    near, far = (device if len(device) == 3 else "trunk" for device in (c.caller, c.callee))
    dialled = f"trunk/sip:{c.callee}@192.0.2.1" if far == "trunk" else far
    return (
        f'"","{c.caller}","{c.callee}","office","<{c.caller}>","PJSIP/{near}-{c.number:08x}",'
        f'"PJSIP/{far}-{c.number:08x}","Dial","PJSIP/{dialled},30","{c.at(0)}",'
        f'{f"{chr(34)}{c.answer}{chr(34)}" if c.talk else ""},"{c.end}",{c.ring + c.talk},{c.talk},"{word}",'
        f'"DOCUMENTATION","{c.epoch}.{c.number}","","","{c.epoch}.{c.number}",{c.number}\n'
    )


def _queue_log(c: Call) -> str:
    phone = c.caller if len(c.caller) == 3 else c.callee
    member = f"{c.epoch + c.ring}|{c.epoch}.{c.number}|support|PJSIP/{phone}"
    return f"{member}|CONNECT|{c.ring}|{c.epoch}.9|{c.ring}\n" if c.talk else f"{member}|RINGNOANSWER|{c.ring * 1000}\n"


def _freeswitch(c: Call) -> str:
    return (
        f'"","{c.caller}","{c.callee}","office","{c.at(0)}","{c.answer}","{c.end}","{c.ring + c.talk}","{c.talk}",'
        f'"{"NORMAL_CLEARING" if c.talk else "NO_ANSWER"}","{c.uuid}","", ""\n'
    )


def _fusionpbx(c: Call) -> str:
    answer = c.epoch + c.ring if c.talk else 0
    cause, bridge = ("NORMAL_CLEARING", c.uuid) if c.talk else ("NO_ANSWER", "")
    end = c.epoch + c.ring + c.talk
    return f"{c.uuid},local,{c.caller},{c.callee},{c.epoch},{answer},{end},{bridge},,{cause}\n"


def _3cx(c: Call) -> str:
    answered = c.at(c.ring, "%Y/%m/%d %H:%M:%S") if c.talk else ""
    length = f"{c.talk // 3600:02}:{c.talk // 60 % 60:02}:{c.talk % 60:02}" if c.talk else ""
    names, lines, kinds = zip(*(_3cx_party(number) for number in (c.caller, c.callee)), strict=True)
    parties, types = ",".join((*names, *lines, c.callee)), ",".join(kinds)
    return (
        f"Call {c.number},{c.epoch * 1000:016X}_{c.number},{length},{c.at(0, '%Y/%m/%d %H:%M:%S')},{answered},"
        f"{c.at(c.ring + c.talk, '%Y/%m/%d %H:%M:%S')},TerminatedByDst,{parties},,,,,,,,,{types},,,,,\n"
    )


def _3cx_party(number: str) -> tuple[str, str, str]:
    return (f"Ext.{number}", number, "Internal") if len(number) == 3 else (number, "10000", "External")


def _yeastar(c: Call) -> str:
    return _json(
        event="NewCdr", callid=f"{c.epoch}.{c.number}", timestart=c.at(0), callfrom=c.caller, callto=c.callee,
        callduraction=str(c.ring + c.talk), talkduraction=str(c.talk), status="ANSWERED" if c.talk else "NO ANSWER",
        type="Internal", sn="1",
    )  # fmt: skip


def _grandstream(c: Call) -> str:
    return _json(
        AcctId=str(c.number), src=c.caller, dst=c.callee, channel=f"PJSIP/{c.caller}-{c.number:08x}",
        dstchannel=f"PJSIP/{c.callee}-{c.number:08x}", lastapp="Dial", start=c.at(0), answer=c.answer, end=c.end,
        duration=str(c.ring + c.talk), billsec=str(c.talk), disposition="ANSWERED" if c.talk else "NO ANSWER",
        uniqueid=f"{c.epoch}.{c.number}", userfield="EXT", channel_ext=c.caller, dstchannel_ext=c.callee,
    )  # fmt: skip


def _kamailio(c: Call) -> str:
    code = "200" if c.talk else "487"
    return f"INVITE;f{c.number};t{c.number};{c.uuid};{code};;{c.at(c.ring)};{c.caller};{c.callee};{c.epoch}.0\n"


def _cucm(c: Call) -> str:
    answer = c.epoch + c.ring if c.talk else 0
    end = c.epoch + c.ring + c.talk
    return (
        f'1,{c.number},1,{c.epoch},"{c.caller}",0,2,"{c.callee}","{c.callee}",{16 if c.talk else 19},{answer},{end},'
        f'"{c.uuid}","SEP001122334455","SEP001122334466"\n'
    )


def _teams(c: Call) -> str:
    kind = "user_in" if len(c.callee) == 3 else "user_out"
    start, end = c.at(0, "%Y-%m-%dT%H:%M:%SZ"), c.at(c.ring + c.talk, "%Y-%m-%dT%H:%M:%SZ")
    return f"{c.uuid},u{c.number % 500}@acme.example,{c.caller},{kind},{c.callee},{start},{end},{c.talk}\n"


def _telecomx(c: Call) -> str:
    return _json(
        _id=f"{c.number:024x}", started=c.epoch * 1000, answered=(c.epoch + c.ring) * 1000 if c.talk else None,
        ended=(c.epoch + c.ring + c.talk) * 1000, answeredByCallee=bool(c.talk), terminatedBy="A",
        terminatedReason="HANGUP" if c.talk else "CANCEL", caller={"number": c.caller}, callee={"number": c.callee},
    )  # fmt: skip


def _generic(c: Call) -> str:
    return f"{c.number},{c.at(0)},{c.end},{c.caller},{c.callee},{c.talk}\n"


_HEADINGS = {
    "fusionpbx": "xml_cdr_uuid,direction,source_number,destination_number,start_epoch,answer_epoch,end_epoch,"
    "bridge_uuid,originating_leg_uuid,hangup_cause\n",
    "kamailio": "method;from_tag;to_tag;callid;sip_code;sip_reason;time;src_user;dst_user;invited\n",
    "cucm": "cdrRecordType,globalCallID_callId,origLegCallIdentifier,dateTimeOrigination,callingPartyNumber,"
    "origCause_value,destLegIdentifier,originalCalledPartyNumber,finalCalledPartyNumber,destCause_value,"
    "dateTimeConnect,dateTimeDisconnect,pkid,origDeviceName,destDeviceName\n",
    "teams": "UsageId,UPN,Caller ID,Call Type,Destination Number,Start Time,End Time,Duration Seconds\n",
    "generic": "id,start,end,a,b,talk\n",
}
_RECORDS: dict[str, Callable[[Call], str]] = {
    "asterisk": _asterisk, "queue_log": _queue_log, "freeswitch": _freeswitch, "fusionpbx": _fusionpbx, "3cx": _3cx,
    "yeastar": _yeastar, "grandstream": _grandstream, "kamailio": _kamailio, "cucm": _cucm, "teams": _teams,
    "telecomx": _telecomx, "generic": _generic,
}  # fmt: skip


def content(source: str, of: Iterable[Call]) -> bytes:
    """The calls in a source's format, a record each."""
    return (_HEADINGS.get(source, "") + "".join(map(_RECORDS[source], of))).encode()
