"""What stands out in records that were read: impossible times, calls of nobody, legs told twice, a clock that is off.

None of it stops anything. Calls are judged by what was read together, so a call whose legs came separately may be
taken for one without an extension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pbxtally.calls import Numbering
from pbxtally.legs import SERVICE, Leg, Via
from pbxtally.records import OUT_OF_TIME, Rejected
from pbxtally.shared_ids import APART_MS

SHOWN_DEVICES = 5

IMPOSSIBLE = ("impossible times", OUT_OF_TIME)
"""How the reasons for impossible times begin."""

CLOCK_MS = 2_000
"""Ends further than this in the future are not just due to whole seconds."""

_DEVICE = Via.DEVICE


@dataclass(slots=True)
class Findings:
    """What was found so far.

    `impossible`: rejected records with impossible times. `orphans`: calls that rang a phone or took a trunk, but none
    of whose parties is an extension; `devices`: what they name. `twice`: legs that came more than once together.
    `set_back`: legs that begin before their channel was made, by the PBX's own clock; `set_back_ms`: by how much at
    most. `ahead_ms`: how far the PBX's clock is ahead of this machine's, at least.
    """

    impossible: int = 0
    orphans: int = 0
    devices: Counter[str] = field(default_factory=Counter)
    twice: int = 0
    set_back: int = 0
    set_back_ms: int = 0
    ahead_ms: int = 0

    def look(self, legs: Sequence[Leg], rejected: Sequence[Rejected], numbering: Numbering | None, now_ms: int) -> None:
        """Look at what was read together; without a numbering, orphans are not looked for."""
        self.impossible += sum(one.reason.startswith(IMPOSSIBLE) for one in rejected)
        if not legs:
            return
        if len({leg.key for leg in legs}) < len(legs):  # asked first for speed: seldom does any key come twice
            self.twice += len(legs) - len({(leg.key, leg.started_ms // APART_MS) for leg in legs})
        self.ahead_ms = max(self.ahead_ms, max([leg.ended_ms for leg in legs]) - now_ms)
        for leg in legs:
            if leg.epoch_ms is not None and leg.started_ms < leg.epoch_ms - 1000:
                self.set_back += 1
                self.set_back_ms = max(self.set_back_ms, leg.epoch_ms - leg.started_ms)
        if numbering is not None:
            self._look_for_orphans(legs, numbering)

    def _look_for_orphans(self, legs: Sequence[Leg], numbering: Numbering) -> None:
        trunks, of_party = numbering.trunks, numbering.of_party

        def is_nobodys(leg: Leg) -> bool:
            return not (
                of_party(leg.callee_device, leg.callee_number) or of_party(leg.caller_device, leg.caller_number)
            )

        suspects: dict[str, str] = {}
        for leg in legs:
            if leg.via == _DEVICE and is_nobodys(leg) and leg.call not in suspects:
                strange = [one for one in (leg.callee_device, leg.caller_device) if one and one != SERVICE]
                named = [one for one in strange if one not in trunks]
                if named or not strange:  # a call from trunk to trunk may well be nobody's
                    suspects[leg.call] = named[0] if named else ""
        cleared = {leg.call for leg in legs if leg.call in suspects and not is_nobodys(leg)} if suspects else set()
        found = [device for call, device in suspects.items() if call not in cleared]
        self.orphans += len(found)
        self.devices.update(device for device in found if device)

    def add(self, other: Findings) -> None:
        """Add what was found elsewhere."""
        self.impossible += other.impossible
        self.orphans += other.orphans
        self.devices += other.devices
        self.twice += other.twice
        self.set_back += other.set_back
        self.set_back_ms = max(self.set_back_ms, other.set_back_ms)
        self.ahead_ms = max(self.ahead_ms, other.ahead_ms)

    def sentences(self) -> Iterator[str]:
        """What was found, in sentences for people."""
        if self.impossible:
            yield f"records with impossible times, rejected: {self.impossible}"
        if self.orphans:
            yield f"calls with no known extension: {self.orphans}{self._named()}; a trunk, pattern or number missing?"
        if self.twice:
            yield f"legs told twice, counted once: {self.twice}"
        if self.set_back:
            most = self.set_back_ms // 1000
            yield f"legs that begin before their channel: {self.set_back}, by up to {most} s; was the clock set back?"
        if self.ahead_ms > CLOCK_MS:
            yield f"calls end up to {self.ahead_ms // 1000} s in the future: is the zone right, and the clock?"

    def members(self) -> dict[str, object]:
        """The same for programs; only what was found."""
        found = {
            "impossibleTimes": self.impossible,
            "orphans": self.orphans,
            "orphanDevices": [device for device, _ in self.devices.most_common(SHOWN_DEVICES)],
            "toldTwice": self.twice,
            "clockSetBack": self.set_back,
            "clockAheadSeconds": self.ahead_ms // 1000 if self.ahead_ms > CLOCK_MS else 0,
        }
        return {name: value for name, value in found.items() if value}

    def _named(self) -> str:
        few = self.devices.most_common(SHOWN_DEVICES)
        more = ", …" if len(self.devices) > len(few) else ""
        return f" ({', '.join(f'{device} {many}' for device, many in few)}{more})" if few else ""
