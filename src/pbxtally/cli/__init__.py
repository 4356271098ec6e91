"""Commands, and the only place where parts are wired together.

Each command has a file of its own, imported when it is called: `--help` needs neither database nor web server.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import rich_click as click

from pbxtally import __version__
from pbxtally.cli.options import data_option
from pbxtally.errors import AccessDeniedError, InvalidFieldError, PbxTallyError

COMMANDS = (
    "serve", "people", "pbx", "map", "load", "unload", "follow", "poll", "ami", "intake", "ask", "rejected", "sources",
    "demo", "verify", "rebuild", "backup", "restore",
)  # fmt: skip
"""Command names; each command's file has its name."""


MANY_OBJECTS = 10_000
"""How many new objects until the garbage collector looks for cycles: a start makes far more, all of which stay, and
a delivery's records are kept before that."""


class _Commands(click.RichGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"pbxtally.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, invoke_without_command=True)
@click.rich_config({"text_paragraph_linebreaks": "\n\n"})
@click.version_option(__version__, prog_name="pbxtally")
@data_option
@click.pass_context
def cli(ctx: click.Context, data: str | None) -> None:
    """Call statistics for people who run or use a PBX.

    The data folder is `--data DIR`, else the environment's `PBXTALLY_DATA`, else `./pbxtally-data`.
    """
    ctx.obj = data
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line. Exit code 0 only if all went well; 2 if the words are no valid command.

    The files it writes are for its user alone, whoever may enter the folder.
    """
    os.umask(0o077)
    gc.set_threshold(MANY_OBJECTS)
    try:
        code = cli(words, prog_name="./run", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as why:
        _fail(_how_it_is_said(why), 2)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except (InvalidFieldError, AccessDeniedError) as why:
        _fail(f"{why.word}: {why.description}")
    except PbxTallyError as why:
        _fail(why.description)
    except BrokenPipeError:  # whoever read the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as why:
        _fail(f"{why.filename}: {why.strerror}" if why.filename else str(why))
    sys.exit(code or 0)


def _fail(line: str, code: int = 1) -> NoReturn:
    click.echo(f"error: {' '.join(line.split())}", err=True)
    sys.exit(code)


def _how_it_is_said(why: click.ClickException) -> str:
    """What is wrong with a command's words, in one line, and where to look."""
    context = getattr(why, "ctx", None)
    return f"{why.format_message()} See {context.command_path if context else './run'} --help"
