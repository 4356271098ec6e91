"""Asterisk's channel events as tables, and what their calls were for each extension. All numbers are made up."""

import csv
import io
import json
from zoneinfo import ZoneInfo

from calls_table import NUMBERING, sentence
from pbxtally.calls import Leg, involvements
from pbxtally.records import Reading
from pbxtally.sources import asterisk
from pbxtally.sources.asterisk.cel import CEL_COLUMNS

CALL = "1606813200.1"
SHORT = {"START": "CHAN_START", "IN": "BRIDGE_ENTER", "OUT": "BRIDGE_EXIT", "DIAL": "APP_START", "DIALLED": "APP_END"}
SHORT |= {"GONE": "LINKEDID_END"}
APPS = {"D": "Dial", "Q": "Queue", "V": "VoiceMail", "AD": "AppDial", "A2": "AppDial2", "AQ": "AppQueue", "": ""}


def rows(table, call=CALL):
    """Events as a table: second of 10:00, event, channel, its number, application and data, cause.

    Behind the cause: who hung up. In its place: where a FORWARD leads, or a bridge's kind or, with a #, which bridge.
    """
    found = []
    for line in table.strip().splitlines():
        second, word, channel, index, app, cause = (cell.strip() for cell in line.split("|"))
        app, _, data = app.partition(" ")
        cause, _, source = cause.partition(" ")
        name = "forward" if word == "FORWARD" else "hangupcause" if cause.isdecimal() else "bridge_technology"
        name = "bridge_id" if cause.startswith("#") else name
        extra = {name: int(cause) if name == "hangupcause" else cause, "hangupsource": source} if cause else None
        found.append(
            {
                "eventtype": SHORT.get(word, word),
                "eventtime": f"2020-12-01 10:00:{float(second):06.3f}",
                "cidname": "",
                "cidnum": "4599" if "trunk" in channel else channel.split("/")[1][:3],
                "exten": "200",
                "context": "office",
                "channame": f"{channel}-0000000{index}" if "@" not in channel else channel,
                "appname": APPS[app],
                "appdata": data,
                "uniqueid": f"1606813200.{index}",
                "linkedid": call,
                "peer": "",
                "userdeftype": "",
                "extra": json.dumps(extra) if extra else "",
            }
        )
    return found


def csv_line(row, columns=CEL_COLUMNS):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([row.get(name, "") for name in columns])
    return written.getvalue().encode()


def read(*lines, zone="UTC"):
    return list(asterisk.read(lines, Reading(ZoneInfo(zone), "a" * 24, lambda extension, at_ms: None)))


def events(table, call=CALL):
    found = read(*map(csv_line, rows(table, call)))
    assert all(isinstance(one, Leg) for one in found), found
    return found


def told(legs):
    return [sentence(one) for one in involvements(legs, NUMBERING)]


def kinds(legs):
    """Extension, direction, outcome and talk: what of an involvement these tests are about."""
    words = []
    for one in involvements(legs, NUMBERING):
        talk = f" talk {one.talk_seconds}" if one.talk_seconds else ""
        words.append(f"{one.extension} {one.direction.name} {one.outcome.name.lower()}{talk}")
    return words


def reasons(legs):
    return [(one.extension, one.reason.name.lower()) for one in involvements(legs, NUMBERING)]
