"""Rows of an Asterisk's `Master.csv`, 21 columns, as the PBX itself writes them.

Text is quoted, the three numbers are bare, and so is the empty cell of an answer that never came. One call is one
channel that dials, and dials again: each dialled phone gets a row of its own. Times are whole seconds since 1970; in
the file they are clock times of the PBX's zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

ANSWERED, NO_ANSWER, BUSY, FAILED, CONGESTION = "ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"


class Channel(NamedTuple):
    """One end of a connection, as Asterisk names it."""

    name: str
    uniqueid: str


class Row(NamedTuple):
    """A written line and when it was written: at the end of its leg, so a file is not in order of start times."""

    end: int
    sequence: int
    line: bytes


@dataclass(slots=True)
class Switch:
    """Counts what a running Asterisk counts: channels, Local channels, unique ids and records."""

    zone: ZoneInfo
    channels: int
    wires: int = 0
    unique: int = 0
    sequence: int = 0
    _minutes: dict[int, str] = field(default_factory=dict)

    def channel(self, device: str, at: int) -> Channel:
        """A channel to a phone or trunk."""
        self.channels += 1
        return Channel(f"PJSIP/{device}-{self.channels:08x}", self._uniqueid(at))

    def wire(self, number: str, context: str, at: int) -> tuple[Channel, Channel]:
        """Both ends of an internal channel: `;1` is dialled, `;2` goes on by itself."""
        name = f"Local/{number}@{context}-{self.wires:08x}"
        self.wires += 1
        return Channel(f"{name};1", self._uniqueid(at)), Channel(f"{name};2", self._uniqueid(at))

    def clock(self, at: int) -> str:
        """What the PBX's clock shows."""
        minute, second = divmod(at, 60)
        shown = self._minutes.get(minute)
        if shown is None:
            shown = self._minutes[minute] = datetime.fromtimestamp(minute * 60, self.zone).isoformat(" ")[:17]
        return f"{shown}{second:02}"

    def next_sequence(self) -> int:
        """The number of the next record."""
        self.sequence += 1
        return self.sequence

    def _uniqueid(self, at: int) -> str:
        self.unique += 1
        return f"{at}.{self.channels + self.unique}"


class Caller(NamedTuple):
    """Who makes a call; `account` is empty for anybody but an extension that calls out."""

    device: str
    number: str
    name: str
    account: str = ""


@dataclass(slots=True)
class Call:
    """The rows of one call. `picked_up`: the PBX or somebody has answered, so that later rows begin answered."""

    switch: Switch
    caller: Caller
    dialled: str
    context: str
    started: int
    picked_up: bool = False
    rows: list[Row] = field(default_factory=list)
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.switch.channel(self.caller.device, self.started)

    @property
    def ended(self) -> int:
        """When its last row ended."""
        return max((row.end for row in self.rows), default=self.started)

    def dial(
        self,
        far: Channel | None,
        app: tuple[str, str],
        start: int,
        end: int,
        disposition: str,
        answer: int | None = None,
        *,
        near: Channel | None = None,
        dst: str = "",
    ) -> None:
        """A row for one phone that was rung, or for a step of the dial plan that rang none (`far` None).

        The first row of a channel begins when the channel did. `near` is the ringing end if it is a wire's.
        """
        if near is None and not self.rows:
            start = self.started
        if self.picked_up:
            answer = start
        elif disposition == ANSWERED and near is None:
            self.picked_up = True
        sequence = self.switch.next_sequence()
        line = self._line(
            near or self.channel, far, app, (start, answer, end), disposition, dst or self.dialled, sequence
        )
        self.rows.append(Row(end, sequence, line))

    def go_on(self, app: tuple[str, str], start: int, end: int, disposition: str) -> None:
        """A row of the channel without a phone: an announcement, voicemail, or the rest of the dial plan."""
        self.dial(None, app, start, end, ANSWERED if self.picked_up else disposition)

    def hang_up(self, at: int, disposition: str) -> None:
        """The last row, which Asterisk writes when the dial plan goes on after dialling, if only to hang up."""
        self.go_on(("Hangup", ""), at, at, disposition)

    def voicemail(self, mailbox: str, at: int, until: int) -> None:
        """The caller reaches the mailbox, which answers."""
        self.picked_up = True
        self.go_on(("VoiceMail", f"{mailbox}@default,u"), at, until, ANSWERED)

    def _line(
        self,
        near: Channel,
        far: Channel | None,
        app: tuple[str, str],
        times: tuple[int, int | None, int],
        disposition: str,
        dst: str,
        sequence: int,
    ) -> bytes:
        """The 21 columns; none of our words holds a quote, except for the two that Asterisk writes around a name."""
        start, answer, end = times
        clock, who = self.switch.clock, self.caller
        answered = "" if answer is None else f'"{clock(answer)}"'
        talk = 0 if answer is None else end - answer
        return (
            f'"{who.account}","{who.number}","{dst}","{self.context}","""{who.name}"" <{who.number}>",'
            f'"{near.name}","{far.name if far else ""}","{app[0]}","{app[1]}",'
            f'"{clock(start)}",{answered},"{clock(end)}",{end - start},{talk},"{disposition}","DOCUMENTATION",'
            f'"{near.uniqueid}","","{who.account}","{self.channel.uniqueid}",{sequence}\n'
        ).encode()
