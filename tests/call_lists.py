"""A list of calls as somebody asks for it, and what it says."""

from calls_table import legs, ms
from office import COPENHAGEN, Office
from pbxtally.call_list import latest_calls, list_calls
from pbxtally.call_query import parse_calls
from pbxtally.people import AccessLevel, Employee, Extension
from pbxtally.query import Asker

NOW = ms("2020-12-01 12:00:00")
DAY = """
    start    | answer   | end      | from  | to    | result      | call
    09:00:00 | 09:00:10 | 09:01:15 | +4511 | 101   | ANSWERED    | 1
    09:30:00 |          | 09:30:20 | +4512 | 101   | BUSY        | 2
    10:00:00 | 10:00:05 | 10:00:35 | 102   | 101   | ANSWERED    | 3
    11:00:00 |          | 11:00:06 | +4513 | 101   | ELSEWHERE   | 4
    11:00:00 | 11:00:06 | 11:00:26 | +4513 | 102   | ANSWERED    | 4
    11:30:00 |          | 11:30:02 | +4514 | 101   | GAVE_UP     | 5
    11:40:00 |          | 11:40:01 | 101   | +4599 | UNREACHABLE | 6
    11:50:00 | 11:50:04 | 11:51:00 | 101   | +4515 | ANSWERED    | 7
"""


def office_of_a_day(store):
    """An office that kept the calls of that day."""
    office = Office(store)
    office.anna, office.bo = office.hires("Anna", "101"), office.hires("Bo", "102")
    office.keeps(legs(DAY))
    return office


SIMULTANEOUS = [f"+451{one}" for one in range(1, 9)]


def offices_of_one_moment(store):
    """Two offices that all of these called at one moment, each with a number as id, by two sources in either order."""
    for sources in ((0, 1), (1, 0)):
        office = Office(store)
        office.hires("Anna", "101")
        for source in sources:
            office.source = f"source {source}"
            for index, caller in list(enumerate(SIMULTANEOUS))[source::2]:
                office.keeps(
                    legs(f"""
                    start    | answer | end      | from     | to  | result  | call    | key
                    09:00:00 |        | 09:00:20 | {caller} | 101 | GAVE_UP | {index} | {index}
                    """)
                )
        yield office


def lists(office, level=AccessLevel.VIEWER, who="e" * 24, **members):
    asker = Asker(office.me.id, NOW, lambda _: COPENHAGEN, lambda _: office.calendar)
    query = parse_calls({"from": "2020-12-01", **members}, asker, is_personal=level is AccessLevel.PERSONAL)
    return list_calls(office.store, office, Employee(who, office.me.id, "Ask", level), query)


def told(found):
    return [(one.caller.number, one.callee.number, one.terminated_reason, one.terminated_by) for one in found.calls]


class Directory:
    """An office's directory that knows extensions, too."""

    def __init__(self, office):
        self._office = office

    def __getattr__(self, name):
        return getattr(self._office, name)

    def extension(self, extension_id):
        held = (one for one in self._office.held if one.extension == extension_id)
        return next((Extension(one.extension, self._office.me.id, one.number) for one in held), None)


def latest(office, extension, level=AccessLevel.OWNER, who="e" * 24):
    asker = Employee(who, office.me.id, "Ask", level)
    found = latest_calls(office.store, Directory(office), asker, extension, NOW)
    return [[one.caller.number for one in kind] for kind in (found.outbound, found.inbound, found.missed)]
