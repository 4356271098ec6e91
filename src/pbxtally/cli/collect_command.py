"""What commands that collect until told to stop share: their turns, their faults, the receipt at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Event

import rich_click as click

from pbxtally.cli.direct_intake import DirectIntake
from pbxtally.cli.folder import Folder
from pbxtally.cli.intake_setup import SourceOptions, print_receipt, setting_of
from pbxtally.cli.options import terminal_safe
from pbxtally.collectors import Collector, CollectorContext, CollectorError, StreamFormat, Take
from pbxtally.collectors.run_loop import run_collector
from pbxtally.errors import FolderError
from pbxtally.sources import SOURCES


def collector_context(folder: Folder, options: SourceOptions, take: Take) -> CollectorContext:
    """What a command's collector works with."""
    stream_format = StreamFormat(SOURCES[options.source], lambda: setting_of(folder, options).layout or "")
    return CollectorContext(folder.path, options.customer, options.source, stream_format, take, say)


def run_collect_command(
    name: str,
    direct: DirectIntake,
    first: Collector,
    again: Callable[[], Collector],
    every_seconds: float,
    stopped: Event,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Let a command's collector take its turns, made anew after a fault; then print the receipt of all.

    `turn`: a context entered around each turn.
    """
    made = iter((first,))
    try:
        run_collector(
            lambda: next(made, None) or again(), every_seconds, stopped, _FaultReporter(name), every_seconds, turn
        )
    finally:
        print_receipt(name, direct.receipt)


def say(line: str) -> None:
    """Tell whoever watches the command."""
    click.echo(terminal_safe(line), err=True)


class _FaultReporter:
    """Reports faults that are waited out on standard error; any other ends the command."""

    def __init__(self, name: str) -> None:
        self._name = name

    def failed(self, why: Exception, pause_seconds: float) -> None:
        if isinstance(why, FolderError):
            say(f"{why.description}; {self._name} goes on as soon as it works")
        elif isinstance(why, CollectorError):
            say(f"{why}; trying again in {pause_seconds:g} seconds")
        else:
            raise why

    def works_again(self) -> None:
        """Say nothing: what is taken in shows it."""
