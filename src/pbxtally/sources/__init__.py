"""One file per PBX format, all listed in this table."""

from __future__ import annotations

from pbxtally.records import Evidence, Source
from pbxtally.sources import (
    asterisk,
    cucm,
    freeswitch,
    freeswitch_documents,
    fusionpbx,
    generic,
    grandstream,
    kamailio,
    queue_log,
    teams,
    telecomx,
    threecx,
    threecx_rows,
    yeastar,
)
from pbxtally.streams import objects

SOURCES: dict[str, Source] = {
    "asterisk": Source(
        asterisk.read, Evidence.REAL_RECORDS, asterisk.records, asterisk.heading_length, tenancy=asterisk.TENANCY
    ),
    "3cx": Source(threecx.read, Evidence.REAL_RECORDS, check_layout=threecx_rows.layout_of),
    "cucm": Source(cucm.read, Evidence.REAL_RECORDS, heading_length=cucm.heading_length),
    "freeswitch": Source(
        freeswitch.read, Evidence.REAL_RECORDS, freeswitch_documents.records, tenancy=freeswitch.TENANCY
    ),
    "grandstream": Source(
        grandstream.read,
        Evidence.DOCUMENTATION,
        grandstream.records,
        grandstream.heading_length,
        tenancy=grandstream.TENANCY,
    ),
    "fusionpbx": Source(
        fusionpbx.read,
        Evidence.DOCUMENTATION,
        fusionpbx.records,
        fusionpbx.heading_length,
        check_layout=str,
        tenancy=fusionpbx.TENANCY,
    ),
    "generic": Source(
        generic.read,
        Evidence.DOCUMENTATION,
        records=generic.records,
        heading_length_by_layout=generic.heading_length,
        check_layout=generic.understood,
        tenancy=generic.TENANCY,
    ),
    "kamailio": Source(
        kamailio.read, Evidence.REAL_RECORDS, kamailio.records, check_layout=str, tenancy=kamailio.TENANCY
    ),
    "queue_log": Source(
        queue_log.read, Evidence.REAL_RECORDS, asterisk.records, asterisk.heading_length, same_calls_as="asterisk"
    ),
    "teams": Source(teams.read, Evidence.DOCUMENTATION, teams.records),
    "telecomx": Source(telecomx.read, Evidence.DOCUMENTATION, telecomx.records),
    "yeastar": Source(yeastar.read, Evidence.DOCUMENTATION, objects, check_layout=yeastar.services_of),
}
