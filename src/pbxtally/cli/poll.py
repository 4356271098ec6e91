"""`poll`: take rows of a database's table in as they come."""

from __future__ import annotations

import rich_click as click

from pbxtally.cli.intake_setup import SourceOptions, source_options, wrong
from pbxtally.cli.options import Number, data_option


@click.command("poll")
@click.argument("dsn", metavar="DSN", envvar="PBXTALLY_DSN")
@source_options
@click.option("--table", default="", metavar="NAME", help="Which of the source's tables; else the first.")
@click.option(
    "--every",
    default=10.0,
    metavar="SECONDS",
    type=Number(0.05, 3600),
    help="How often to look; default: 10.",
)
@click.option(
    "--overlap",
    default=24.0,
    metavar="HOURS",
    type=Number(2, 24 * 366),
    help="How far before the newest row to look again every ten minutes; default: 24.",
)
@data_option
def command(dsn: str, options: SourceOptions, table: str, every: float, overlap: float, data: str | None) -> None:
    """Take in rows of a database table as they come, until Ctrl-C or SIGTERM; then print the receipt for all of them.

    DSN is the address of a PostgreSQL, MySQL, MariaDB or SQLite database. Put it into the environment as PBXTALLY_DSN
    instead to keep its password out of process lists. Nothing is written to the database. Reading starts where it
    stopped last, at first at the table's beginning; rows that come late or change are taken in as well.

    Example: ./run poll mysql://reader:PASSWORD@pbx.example.com/asteriskcdrdb --source asterisk --customer Acme
    """
    from pbxtally.cli.collect_command import collector_context, run_collect_command
    from pbxtally.cli.collector_makers import polling_of
    from pbxtally.cli.direct_intake import DirectIntake
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.intake_counter import IntakeCounter
    from pbxtally.cli.intake_setup import resolved, setting_of
    from pbxtally.cli.stop_signals import stop_event
    from pbxtally.collectors import CollectorError
    from pbxtally.collectors.saved_positions import CollectedSource
    from pbxtally.settings import data_folder

    with stop_event() as stopped, open_folder(data_folder(data)) as folder:
        options = resolved(folder, options)
        setting_of(folder, options)
        polling = polling_of(dsn, options.source, table, overlap)
        counter = IntakeCounter(folder.path, CollectedSource(polling.name, options.customer, options.source))
        direct = DirectIntake(folder, options, counter)
        context = collector_context(folder, options, direct.take)
        direct.goes_on = polling.goes_on(context)
        try:
            first = polling.collector(context)
        except CollectorError as why:
            wrong("dsn", str(why))
        run_collect_command(polling.name, direct, first, lambda: polling.collector(context), every, stopped)
