"""Events of Asterisk's manager: the names that differ from those in files and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pbxtally.sources.asterisk.clock import UnusableError

CDR_NAMES = {
    "AccountCode": "accountcode",
    "Source": "src",
    "Destination": "dst",
    "DestinationContext": "dcontext",
    "CallerID": "clid",
    "Channel": "channel",
    "DestinationChannel": "dstchannel",
    "LastApplication": "lastapp",
    "LastData": "lastdata",
    "StartTime": "start",
    "AnswerTime": "answer",
    "EndTime": "end",
    "Duration": "duration",
    "BillableSeconds": "billsec",
    "Disposition": "disposition",
    "AMAFlags": "amaflags",
    "UniqueID": "uniqueid",
    "UserField": "userfield",
    "PeerAccount": "peeraccount",  # this and the next two as cdr_manager.conf maps them
    "LinkedID": "linkedid",
    "Sequence": "sequence",
}

CEL_NAMES = {
    "EventName": "eventtype",
    "EventTime": "eventtime",
    "CallerIDnum": "cidnum",
    "CallerIDname": "cidname",
    "CallerIDani": "ani",
    "CallerIDrdnis": "rdnis",
    "CallerIDdnid": "dnid",
    "Exten": "exten",
    "Context": "context",
    "Channel": "channame",
    "Application": "appname",
    "AppData": "appdata",
    "AMAFlags": "amaflags",
    "AccountCode": "accountcode",
    "UniqueID": "uniqueid",
    "LinkedID": "linkedid",
    "Userfield": "userfield",
    "Peer": "peer",
    "PeerAccount": "peeraccount",
    "UserDefType": "userdeftype",
    "Extra": "extra",
}

EVENTS = {"cdr": CDR_NAMES, "cel": CEL_NAMES}
"""The events that are records, each with the manager's names and those of files and tables."""

_PLAIN = {event: {theirs.lower(): ours for theirs, ours in names.items()} for event, names in EVENTS.items()}


def row_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """The row of an event, under the names of files and tables."""
    event = str(said.get("Event", ""))
    names = _PLAIN.get(event.lower())
    if names is None:
        raise UnusableError(f"{event[:40]!r} is not an event that records a call; known are Cdr and CEL")
    return {names[theirs.lower()]: value for theirs, value in said.items() if theirs.lower() in names}
