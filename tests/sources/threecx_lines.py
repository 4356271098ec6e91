"""Lines as 3CX writes them, by what differs from a call of 101 to 102. Every number and name here is made up."""

from calls_table import ms
from pbxtally.sources.threecx_rows import FIELDS

CALL = {
    "historyid": "Call 71",
    "callid": f"{ms('09:00:00.250'):016X}_71",
    "duration": "00:01:00",
    "time-start": "2020/12/01 10:00:00",
    "time-answered": "2020/12/01 10:00:05",
    "time-end": "2020/12/01 10:01:05",
    "reason-terminated": "TerminatedByDst",
    "from-no": "Ext.101",
    "to-no": "Ext.102",
    "from-dn": "101",
    "to-dn": "102",
    "dial-no": "102",
    "chain": '"Chain: Ext.101,Ext.102,"',
    "from-type": "Internal",
    "to-type": "Internal",
    "from-dispname": "Anna",
    "to-dispname": "Bo",
}
FROM_OUTSIDE = {"from-no": "4599000001", "from-dn": "10000", "from-type": "External", "from-dispname": "Somebody"}
TO_OUTSIDE = {"to-no": "4599000002", "to-dn": "10001", "dial-no": "4599000002", "to-type": "External"}
UNANSWERED = {"duration": "", "time-answered": "", "time-end": "2020/12/01 10:00:20"}
TO_QUEUE = {"to-no": "Ext.800", "to-dn": "800", "dial-no": "800", "time-answered": "2020/12/01 10:00:00"}
TAKEN_BY_102 = {"reason-changed": "ReplacedDst", "final-number": "Ext.102", "final-dn": "102", "duration": "00:01:05"}
GIVEN_UP = {"duration": "00:00:00", "reason-terminated": "TerminatedBySrc", "time-end": "2020/12/01 10:00:30"}


def line(fields=FIELDS, **changes):
    row = {**CALL, **{name.replace("_", "-"): word for name, word in changes.items()}}
    return (",".join(row.get(name, "") for name in fields) + "\r\n").encode()


def call(*several, **changes):
    return line(**{name.replace("-", "_"): word for some in (*several, changes) for name, word in some.items()})
