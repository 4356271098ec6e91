"""Tables of calls with their mappings, and what reads them. Every number and name here is made up."""

from zoneinfo import ZoneInfo

import pytest

from calls_table import NUMBERING, sentence
from pbxtally.calls import Leg, involvements
from pbxtally.errors import InvalidFieldError
from pbxtally.records import Reading, Rejected
from pbxtally.sources import generic
from pbxtally.sources.generic_proposal import proposal

DANISH = """
delimiter = ";"
date = "%d-%m-%Y %H:%M:%S"
[fields]
key = "Opkalds-id"
start = ["Dato", "Klokken"]
caller = "Fra"
callee = "Til"
direction = "Retning"
result = "Status"
ring = "Ringetid"
talk = "Samtaletid"
[units]
ring = "hh:mm:ss"
talk = "hh:mm:ss"
"""
HEADING = "Opkalds-id;Dato;Klokken;Fra;Til;Retning;Status;Ringetid;Samtaletid"
CALL_IN = "7001;01-12-2020;09:00:00;4599000001;101;Indgående;Besvaret;00:00:05;00:01:00"
FIELDS = '[fields]\nstart = "at"\ncaller = "from"\ncallee = "to"\n'
PLAIN = FIELDS + 'talk = "talk"\n'
UTC = ZoneInfo("UTC")


def no_number(extension, at_ms):
    """No extension's id is known."""


def read(layout, *rows, zone="UTC"):
    lines = [row if isinstance(row, bytes) else f"{row}\n".encode() for row in rows]
    return list(generic.read(lines, Reading(ZoneInfo(zone), "c" * 24, no_number, layout)))


def leg(layout, *rows, zone="UTC"):
    [found] = read(layout, *rows, zone=zone)
    assert isinstance(found, Leg), found
    return found


def reason(layout, *rows):
    [found] = read(layout, *rows)
    assert isinstance(found, Rejected), found
    return found.reason


def refused(layout, *rows):
    with pytest.raises(InvalidFieldError) as why:
        read(layout, *(rows or ("at,from,to,talk",)))
    return f"{why.value.word}: {why.value.description}"


def proposed(*rows):
    return proposal([row if isinstance(row, bytes) else f"{row}\n".encode() for row in rows])


def story(layout, *rows, numbering=NUMBERING):
    return [sentence(one) for one in involvements(read(layout, *rows), numbering)]
