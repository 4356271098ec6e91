"""The receipt of a delivery: what became of every record in it.

Always: received = kept + known + replaced + rejected; or accepted + rejected, if it is safe but not counted yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from pbxtally.findings import Findings
from pbxtally.hosting import CustomerPart
from pbxtally.records import KeptCounts

SHOWN_REJECTIONS = 100


class DeliveryAnswer(NamedTuple):
    """A receipt as JSON; not `counted`: the records are safe, but not in the statistics yet."""

    receipt: bytes
    counted: bool


def delivery_answer(parts: Sequence[CustomerPart], kept: Iterable[KeptCounts] | None) -> DeliveryAnswer:
    """What to answer, given what became of each part's legs; `kept` None: they are not counted yet."""
    legs = sum(len(one.legs) for one in parts)
    rejected = sorted(bad for one in parts for bad in one.rejected)
    outcome = {"accepted": legs} if kept is None else KeptCounts(*map(sum, zip(*kept, strict=True)))._asdict()
    receipt: dict[str, object] = {
        "received": legs + len(rejected),
        **outcome,
        "rejected": legs + len(rejected) - sum(outcome.values()),
        "rejections": [{"record": one.line, "reason": one.reason} for one in rejected[:SHOWN_REJECTIONS]],
    }
    if unknown := [one.unknown for one in parts if one.unknown]:
        most = sum(unknown, Counter[str]()).most_common()
        receipt["unknownWords"] = [{"word": word, "records": many} for word, many in most]
    if found := _of_all([one.findings for one in parts]).members():
        receipt["findings"] = found
    return DeliveryAnswer(msgspec.json.encode(receipt), counted=kept is not None)


def _of_all(findings: Sequence[Findings]) -> Findings:
    if len(findings) == 1:
        return findings[0]
    found = Findings()
    for one in findings:
        found.add(one)
    return found
