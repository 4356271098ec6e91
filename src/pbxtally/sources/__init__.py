"""One file per PBX format. This table is all there is to finding one."""

from __future__ import annotations

from pbxtally.records import Read
from pbxtally.sources import asterisk, telecomx

SOURCES: dict[str, Read] = {
    "asterisk": asterisk.read,
    "telecomx": telecomx.read,
}
