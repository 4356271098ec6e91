"""A row as Asterisk writes it, for tests to change, and what reads it. Every number and name here is made up."""

from pbxtally.sources import asterisk
from reads import Reads

ANSWERED = {
    "accountcode": "acme",
    "src": "101",
    "dst": "102",
    "dcontext": "office",
    "clid": '"Anna" <101>',
    "channel": "PJSIP/101-0000000a",
    "dstchannel": "PJSIP/102-0000000b",
    "lastapp": "Dial",
    "lastdata": "PJSIP/102,20,tT",
    "start": "2020-12-01 10:00:00",
    "answer": "2020-12-01 10:00:05",
    "end": "2020-12-01 10:01:05",
    "duration": "65",
    "billsec": "60",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1606813200.17",
    "userfield": "",
    "peeraccount": "",
    "linkedid": "1606813200.17",
    "sequence": "21",
}
UNANSWERED = {"answer": "", "end": "2020-12-01 10:00:20", "duration": "20", "billsec": "0", "disposition": "NO ANSWER"}
BARE = {"duration", "billsec", "sequence"}


def csv_line(columns=21, names=asterisk.COLUMNS, **changes):
    row = {**ANSWERED, **changes}
    return line_of(row, names[:columns])


def line_of(row, names):
    cells = [row[name] if name in BARE else '"' + row[name].replace('"', '""') + '"' for name in names]
    return (",".join(cells) + "\n").encode()


def without(names, *gone):
    return [name for name in names if name not in gone]


ASTERISK = Reads("asterisk")
read, leg, reason, stream = ASTERISK.read, ASTERISK.leg, ASTERISK.reason, ASTERISK.stream
