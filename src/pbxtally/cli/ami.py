"""`ami`: take calls in as an Asterisk's manager tells of them."""

from __future__ import annotations

import rich_click as click

from pbxtally.cli.intake_setup import SourceOptions, source_options
from pbxtally.cli.options import WholeNumber, data_option


@click.command("ami")
@click.argument("host", metavar="HOST")
@source_options
@click.option("--port", default=5038, metavar="PORT", type=WholeNumber(1, 65535), help="Its port; default: 5038.")
@click.option("--user", required=True, metavar="NAME", help="User to sign in as, as in manager.conf.")
@click.option(
    "--secret",
    required=True,
    metavar="TEXT",
    envvar="PBXTALLY_AMI_SECRET",
    help="That user's secret; better set in the environment as PBXTALLY_AMI_SECRET.",
)
@click.option("--tls", is_flag=True, help="Connect by TLS.")
@click.option(
    "--ca", default="", metavar="FILE", help="The CA certificate that signed the manager's; default: the system's."
)
@click.option("--cel", is_flag=True, help="Take channel events as well.")
@click.option(
    "--complete",
    default="",
    metavar="FILE|DSN",
    help="A file or database with the same calls; it is read whenever an event comes, and after a gap.",
)
@data_option
def command(
    host: str,
    options: SourceOptions,
    port: int,
    user: str,
    secret: str,
    tls: bool,
    ca: str,
    cel: bool,
    complete: str,
    data: str | None,
) -> None:
    """Take in calls from an Asterisk manager (AMI), until Ctrl-C or SIGTERM; then print the receipt for all of them.

    The manager sends each event only once. With --complete, calls are read from a file that Asterisk writes or from a
    database whenever an event comes, and so is whatever happened in a gap. Without it, the events are the records, and
    a gap is only reported.

    Example: ./run ami pbx.example.com --user pbxtally --source asterisk --customer Acme --complete Master.csv
    """
    from pbxtally.cli.collect_command import collector_context, run_collect_command
    from pbxtally.cli.collect_tables import AmiTable
    from pbxtally.cli.collector_makers import manager_of
    from pbxtally.cli.direct_intake import DirectIntake
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.intake_counter import IntakeCounter
    from pbxtally.cli.intake_setup import resolved, setting_of
    from pbxtally.cli.stop_signals import stop_event
    from pbxtally.collectors.saved_positions import CollectedSource
    from pbxtally.settings import data_folder

    table = AmiTable(
        name="ami", host=host, port=port, user=user, secret=secret, tls=tls, ca=ca, cel=cel, complete=complete
    )
    with stop_event() as stopped, open_folder(data_folder(data)) as folder:
        options = resolved(folder, options)
        setting_of(folder, options)
        manager = manager_of(table, options.source)
        direct = DirectIntake(
            folder, options, IntakeCounter(folder.path, CollectedSource(manager.what, options.customer, options.source))
        )
        context = collector_context(folder, options, direct.take)
        direct.goes_on = (
            CollectedSource(manager.what, options.customer, options.source).file(folder.path, ".json").exists()
        )
        run_collect_command(
            manager.what, direct, manager.collector(context), lambda: manager.collector(context), 1.0, stopped
        )
