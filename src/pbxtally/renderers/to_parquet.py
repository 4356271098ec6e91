"""Rows as a Parquet file, for programs that calculate: columns with types, small, read without guessing.

The columns are those of CSV, under the same names: figures are whole numbers, moments are moments, texts are texts. The
key-value metadata says what the file holds. DuckDB writes it, in a database of its own that holds nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pbxtally.renderers.texts import whole

BATCH_ROWS = 50_000
CHUNK_BYTES = 256 * 1024

TYPES = {
    str: ("VARCHAR", "unnest(?::VARCHAR[])"),
    int: ("BIGINT", "unnest(?::BIGINT[])"),
    bool: ("BOOLEAN", "unnest(?::BOOLEAN[])"),
    datetime: ("TIMESTAMP WITH TIME ZONE", "make_timestamptz(unnest(?::BIGINT[]) * 1000)"),
}
"""A column's type in the file, and how its values become that; a moment is given in UTC milliseconds."""

Row = Sequence[str | int | bool | None]


def parquet_chunks(columns: Mapping[str, type], rows: Iterable[Row], about: Mapping[str, Any]) -> Iterator[bytes]:
    """The file's bytes; it is complete, in a temporary folder, before the first chunk is given."""
    with TemporaryDirectory(prefix="pbxtally-") as folder:
        file = Path(folder) / "rows.parquet"
        _write(file, columns, iter(rows), {name: str(value) for name, value in about.items() if value is not None})
        with file.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                yield chunk


def _write(file: Path, columns: Mapping[str, type], rows: Iterator[Row], about: Mapping[str, str]) -> None:
    types = [TYPES[kind] for kind in columns.values()]
    shape = ", ".join(f"{_name(name)} {kind}" for name, (kind, _) in zip(columns, types, strict=True))
    values = ", ".join(value for _, value in types)
    with duckdb.connect(config={"threads": 1, "temp_directory": str(file.parent)}) as database:
        database.execute(f"CREATE TABLE rows ({shape})")
        while batch := list(islice(rows, BATCH_ROWS)):
            texts = [
                [whole(one) if isinstance(one, str) else one for one in column] for column in zip(*batch, strict=True)
            ]
            database.execute(f"INSERT INTO rows SELECT {values}", texts)
        said = ", ".join(f"{_name(name)}: {_text(value)}" for name, value in about.items())
        database.execute(f"COPY rows TO {_text(str(file))} (FORMAT parquet, KV_METADATA {{{said}}})")


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + whole(value).replace("'", "''").replace("\0", "") + "'"
