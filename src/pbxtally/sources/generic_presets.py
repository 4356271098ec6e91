"""Mappings by name: for PBXs that keep Asterisk's rows, or its columns under other names, and for reports of others.

They rest on documentation.
"""

from __future__ import annotations

from typing import NamedTuple


class Preset(NamedTuple):
    """A mapping with a name: what it is for, and its TOML."""

    about: str
    mapping: str
    has_asterisk_rows: bool = False  # Asterisk's own, all its columns: read as the source `asterisk` reads them


_CHANNEL = r"""device = '(?!Local/)[A-Za-z0-9]+/(.+)-[0-9a-f]{8}(?:<ZOMBIE>)?'"""

_TABLE = """
[fields]
key = ["uniqueid", "dstchannel", "calldate", "lastapp"]
start = "calldate"
duration = "duration"
talk = "billsec"
caller = "src"
callee = "dst"
caller_device = "channel"
callee_device = "dstchannel"
result = "disposition"
"""
"""Asterisk's own table has at least these."""

PRESETS: dict[str, Preset] = {
    "issabel": Preset("Issabel: the table `asteriskcdrdb.cdr` as CSV with a heading", _TABLE, has_asterisk_rows=True),
    "elastix": Preset("Elastix: the table `asteriskcdrdb.cdr` as CSV with a heading", _TABLE, has_asterisk_rows=True),
    "vitalpbx": Preset("VitalPBX: the table `asterisk.cdr` as CSV with a heading", _TABLE, has_asterisk_rows=True),
    "mikopbx": Preset(
        "MikoPBX: the table `cdr_general` as CSV with a heading",
        f"""
{_CHANNEL}
machine = "(?:VOICEMAIL|MeetMe:|Park:).*"
[fields]
key = "UNIQUEID"
call = "linkedid"
start = "start"
answer = "answer"
end = "endtime"
talk = "billsec"
caller = "src_num"
callee = "dst_num"
caller_device = "src_chan"
callee_device = "dst_chan"
result = "disposition"
[results]
CHANUNAVAIL = "unreachable"
[skip]
is_app = "1"
""",
    ),
    "avaya-ipo": Preset(
        "Avaya IP Office: SMDR records as they are sent, without a heading",
        r"""
header = false
date = "%Y/%m/%d %H:%M:%S"
device = 'E(\d+)'
[fields]
call = [1, 10]
start = 1
talk = 2
ring = 3
caller = 4
direction = [5, 9]
callee = 6
dialled = 7
own = 12
other_device = 14
[units]
talk = "hh:mm:ss"
[directions]
"I 0" = "in"
"O 0" = "out"
"O 1" = "local"
""",
    ),
    "webex": Preset(
        "Webex Calling: the report Calling Detailed Call History as CSV",
        """
[fields]
key = "Report ID"
call = "Correlation ID"
start = "Start time"
answer = "Answer time"
ring = "Ring duration"
talk = "Duration"
caller = "Calling number"
callee = "Called number"
direction = "Direction"
[directions]
ORIGINATING = "out"
TERMINATING = "in"
""",
    ),
    "wildix": Preset(
        "Wildix: the CDR table as CSV with a heading",
        """
[fields]
key = "rowid"
start = "start"
answer = "answer"
end = "end"
talk = "billsec"
caller = "c_from"
callee = "c_to"
caller_name = "from_name"
callee_name = "to_name"
caller_device = "channel"
callee_device = "dstchannel"
result = "disposition"
""",
        has_asterisk_rows=True,
    ),
}
"""Presets by the name given as `--layout`."""
