"""`poll`: take rows of a database's table in as they come."""

from __future__ import annotations

import rich_click as click

from pbxtally.cli.options import data_option
from pbxtally.cli.taking import Words, source_options, wrong


@click.command("poll")
@click.argument("dsn", metavar="DSN", envvar="PBXTALLY_DSN")
@source_options
@click.option("--table", default="", metavar="NAME", help="Which of the source's tables; else the first.")
@click.option(
    "--every",
    default=10.0,
    metavar="SECONDS",
    type=click.FloatRange(0.05, 3600),
    help="How often to look; default: 10.",
)
@click.option(
    "--overlap",
    default=24.0,
    metavar="HOURS",
    type=click.FloatRange(2, 24 * 366),
    help="How far before the newest row to look again every ten minutes; default: 24.",
)
@data_option
def command(dsn: str, words: Words, table: str, every: float, overlap: float, data: str | None) -> None:
    """Take in rows of a database table as they come, until Ctrl-C or SIGTERM; then print the receipt for all of them.

    DSN is the address of a PostgreSQL, MySQL, MariaDB or SQLite database. Put it into the environment as PBXTALLY_DSN
    instead to keep its password out of process lists. Nothing is written to the database. Reading starts where it
    stopped last, at first at the table's beginning; rows that come late or change are taken in as well.

    Example: ./run poll mysql://reader:PASSWORD@pbx.example.com/asteriskcdrdb --source asterisk --customer Acme
    """
    from pbxtally.cli.collecting_alone import collect_alone, errand_of
    from pbxtally.cli.direct import Direct
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.making import polling_of
    from pbxtally.cli.stopping import told_to_stop
    from pbxtally.cli.taken import Taken
    from pbxtally.cli.taking import resolved, said_of
    from pbxtally.collectors import CollectorError
    from pbxtally.collectors.saved_positions import CollectedSource
    from pbxtally.settings import data_folder

    with told_to_stop() as stopped, open_folder(data_folder(data)) as folder:
        words = resolved(folder, words)
        said_of(folder, words)
        polling = polling_of(dsn, words.source, table, overlap)
        taken = Taken(folder.path, CollectedSource(polling.name, words.customer, words.source))
        direct = Direct(folder, words, taken)
        context = errand_of(folder, words, direct.take)
        direct.goes_on = polling.goes_on(context)
        try:
            first = polling.collector(context)
        except CollectorError as why:
            wrong("dsn", str(why))
        collect_alone(polling.name, direct, first, lambda: polling.collector(context), every, stopped)
