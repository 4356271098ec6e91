"""What several commands share: the data folder option, the clock, who runs them, and how foreign text is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from math import isnan, nan
from typing import Any, TypeVar

import rich_click as click

from pbxtally.settings import DEFAULT_FOLDER, PREFIX

_Command = TypeVar("_Command", bound=Callable[..., Any])

DEMO_FOLDER = "pbxtally-demo"


def data_option(command: _Command) -> _Command:
    """`--data DIR`, before the command's name or behind it: the data folder."""
    return _data(f"Data folder; else {PREFIX}DATA, else ./{DEFAULT_FOLDER}.")(command)


def demo_option(command: _Command) -> _Command:
    """The same for a demo, whose folder is never where `data_option` looks by default."""
    return _data(f"The demo's folder; else ./{DEMO_FOLDER}.")(command)


def _data(told: str) -> Callable[[_Command], _Command]:
    return click.option("--data", metavar="DIR", default=_said_before, help=told)


def _said_before() -> str | None:
    """The folder given before the command's name, which overrides the environment."""
    context = click.get_current_context(silent=True)
    return (context and context.find_root().obj) or os.environ.get(PREFIX + "DATA")


class WholeNumber(click.IntRange):
    """An option's whole number within bounds; what does not fit is refused with what would."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; a usage error if it does not fit."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a whole number from {self.min} to {self.max}.", param, ctx)


class Number(click.FloatRange):
    """The same for any number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; a usage error if it does not fit."""
        found = nan
        with suppress(click.BadParameter):
            found = super().convert(value, param, ctx)
        if isnan(found):
            self.fail(f"{value!r} is not a number from {self.min} to {self.max}.", param, ctx)
        return found


def now_ms() -> int:
    """The clock, in UTC milliseconds."""
    import time

    return time.time_ns() // 1_000_000


def command_of() -> str:
    """Who runs a command, for the audit."""
    import getpass

    try:
        return f"by a command of {getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name
        return "by a command"


def terminal_safe(text: str) -> str:
    """Foreign text for a terminal, on one line and unable to move the cursor."""
    return "".join(" " if letter.isspace() else letter if letter.isprintable() else "�" for letter in text)
