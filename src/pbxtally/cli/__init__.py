"""Commands, and the only place where parts are wired together.

Each command stands in a file of its own and is imported when it is called: `--help` needs neither database nor web
server.
"""

from __future__ import annotations

import sys
from importlib import import_module

import rich_click as click

from pbxtally import __version__
from pbxtally.cli.options import data_option
from pbxtally.errors import InvalidFieldError, PbxTallyError

COMMANDS = ("serve", "people", "load", "ask", "rejected", "sources", "demo")
"""Command names; the file of each is named after it."""


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


def main() -> None:
    """Run the command line; exit code 0 only if all went well."""
    try:
        cli(prog_name="./run")
    except InvalidFieldError as why:
        sys.exit(f"error: {why.word}: {why.description}")
    except PbxTallyError as why:
        sys.exit(f"error: {why.description}")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
