"""A table that is polled, and what was handed over from it."""

import json
from threading import Event

from pbxtally.collectors import CollectorContext, CollectorError, StreamFormat
from pbxtally.collectors.database import address_of
from pbxtally.collectors.polled_table import Polling
from pbxtally.collectors.sql_tables import TABLES
from pbxtally.sources import SOURCES

CDR = "CREATE TABLE cdr (calldate TIMESTAMP NULL, channel VARCHAR(80), disposition VARCHAR(45), billsec INTEGER)"
CEL = "CREATE TABLE cel (id INTEGER PRIMARY KEY, eventtype VARCHAR(30), eventtime TIMESTAMP NULL)"


class Poller:
    """What was handed over from a table, by the values of two columns."""

    def __init__(self, folder, cdrs, table=0, source="asterisk"):
        self.cdrs, self.said, self.taken, self.refuses = cdrs, [], [], False
        self.polling = Polling(address_of(cdrs.dsn), TABLES[source][table])
        stream_format = StreamFormat(SOURCES[source], str)
        self.context = CollectorContext(folder, "acme", source, stream_format, self.take, self.said.append)
        self.collector = None

    def take(self, batch):
        if self.refuses:
            raise CollectorError("the disk is nearly full")
        self.taken += map(json.loads, batch.records)

    def restart(self):
        self.close()
        self.collector = self.polling.collector(self.context)

    def close(self):
        if self.collector:
            self.collector.close()
        self.collector = None

    def news(self, *columns):
        self.taken.clear()
        if self.collector is None:
            self.restart()
        assert self.collector.collect(Event()) is False
        found = [tuple(row[column] for column in columns) for row in self.taken]
        return found if len(columns) > 1 else [one for (one,) in found]
