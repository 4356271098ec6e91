"""Database tables that hold CDRs, as their programs make them: what is asked for, in which order.

Names stand here and nowhere else: no table or column name ever gets from settings or data into a statement. A table
of another name can be had as a view of one of these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What stands in the column that a table is ordered by."""

    COUNT = "numbers that the database counts up"
    EPOCH = "seconds since 1970"
    TIME = "clock times"


class Order(NamedTuple):
    """A column to order the rows by, if the table has it."""

    column: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table; `orders`: the first one it has is used.

    `columns`: those wanted, if it has them; none: all but `left_out`, which others write into every row later.
    """

    name: str
    orders: tuple[Order, ...]
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


_COUNTED = Order("id", Kind.COUNT)

V_XML_CDR = (
    "xml_cdr_uuid domain_uuid domain_name extension_uuid accountcode direction context caller_id_name caller_id_number "
    "caller_destination source_number destination_number start_epoch answer_epoch end_epoch start_stamp answer_stamp "
    "end_stamp duration mduration billsec billmsec hold_accum_seconds bridge_uuid leg originating_leg_uuid last_app "
    "last_arg voicemail_message missed_call call_center_queue_uuid cc_side cc_member_uuid cc_member_session_uuid "
    "cc_queue cc_agent cc_agent_type cc_cancel_reason cc_cause waitsec conference_name hangup_cause hangup_cause_q850 "
    "sip_hangup_disposition status extension"
).split()
"""All but the two columns that hold the whole document; `extension` is one that a view adds."""

TABLES: dict[str, tuple[SqlTable, ...]] = {
    "asterisk": (
        SqlTable("cdr", (Order("calldate", Kind.TIME), Order("start", Kind.TIME))),
        SqlTable("cel", (_COUNTED, Order("eventtime", Kind.TIME))),
        SqlTable("queue_log", (_COUNTED, Order("time", Kind.TIME))),
    ),
    "queue_log": (SqlTable("queue_log", (_COUNTED, Order("time", Kind.TIME))),),
    "fusionpbx": (SqlTable("v_xml_cdr", (Order("start_epoch", Kind.EPOCH),), tuple(V_XML_CDR)),),
    "kamailio": (
        SqlTable("acc", (_COUNTED,), left_out=("cdr_id",)),  # written by the procedure that makes CDRs of acc
        SqlTable("missed_calls", (_COUNTED,), left_out=("cdr_id",)),
        SqlTable("acc_cdrs", (_COUNTED,)),
    ),
}
"""From each source that databases hold to its tables, the usual one first."""
