"""`sources`: the CDR formats that can be loaded."""

from __future__ import annotations

import sys

import rich_click as click


@click.command("sources")
def command() -> None:
    """List the CDR formats that `load --source` knows, and what each was tested against.

    Example: ./run sources
    """
    from pbxtally.sources import SOURCES

    width = max(len(name) for name in SOURCES)
    for name, source in SOURCES.items():
        first_line = (sys.modules[source.read.__module__].__doc__ or "").splitlines()[0]
        click.echo(f"{name:{width}} {first_line} ({source.evidence})")
