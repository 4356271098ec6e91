"""A small office: who works there, and what its Asterisk writes. The PBX's clock is that of Copenhagen."""

from datetime import datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ACME = "a0" * 12
ANNA, BO = "0a" * 12, "0b" * 12

PEOPLE = {
    "customers": [{"_id": ACME, "name": "Acme", "timezone": COPENHAGEN.key}],
    "employees": [
        {"_id": ANNA, "customer": ACME, "name": "Anna", "accessLevel": "VIEWER"},
        {"_id": BO, "customer": ACME, "name": "Bo", "accessLevel": "PERSONAL"},
    ],
    "extensions": [
        {"_id": "e1" * 12, "customer": ACME, "number": "101", "employee": ANNA},
        {"_id": "e2" * 12, "customer": ACME, "number": "102", "employee": BO},
    ],
}

LOAD = ("--source", "asterisk", "--customer", ACME)
DECEMBER = {"from": "2020-12-01", "to": "2020-12-31", "groupingInterval": "MONTH"}


def row(start, caller, callee, talk=60, clock=COPENHAGEN, channel_seconds=0):
    """An Asterisk row: a call of December 2020 that rang 5 seconds, and that nobody took if `talk` is 0.

    `start` is the day and the time, as `clock` shows them; caller and callee are devices. The caller's channel was made
    `channel_seconds` earlier.
    """
    began = datetime.fromisoformat(f"2020-12-{start}").replace(tzinfo=clock)
    answer, end = (datetime.fromtimestamp(began.timestamp() + after, clock) for after in (5, 5 + talk))
    epoch = int(began.timestamp()) - channel_seconds
    ending = f"{5 + talk},{talk},{'ANSWERED' if talk else 'NO ANSWER'}"
    return (
        f'"",{caller},{callee},office,<{caller}>,PJSIP/{caller}-0000000a,PJSIP/{callee}-0000000b,Dial,"PJSIP/{callee}",'
        f"{began:%F %T},{f'{answer:%F %T}' if talk else ''},{end:%F %T},{ending},DOCUMENTATION,"
        f"{epoch}.{caller},,,{epoch}.{caller},1\n"
    ).encode()


FOUR_CALLS = [
    row("01 09:00:00", "101", "4599000001"),
    row("01 10:00:00", "4599000002", "102", talk=0),
    row("02 11:00:00", "101", "102"),
    row("02 12:00:00", "102", "4599000001", talk=0),
]


def receipt(name, kept=0, known=0, replaced=0, rejected=0):
    """The line every load ends with."""
    read = kept + known + replaced + rejected
    return f"{name}: read {read} = kept {kept} + known {known} + replaced {replaced} + rejected {rejected}\n"


def calls(answer):
    """From each extension's number to its calls in the answer, out and in."""
    return {
        one["extensionNumber"]: tuple(
            sum(cell[name] for cell in one["data"].values()) for name in ("outboundCalls", "inboundCalls")
        )
        for one in answer
    }


def counted(office, **members):
    """The same for December, asked now."""
    return calls(office.ask(**DECEMBER, **members))
