"""`follow`: take CDR files in as they grow, or as they are dropped into a folder."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import rich_click as click

from pbxtally.cli.intake_setup import SourceOptions, source_options, wrong
from pbxtally.cli.options import Number, data_option


@click.command("follow")
@click.argument("path", metavar="FILE|FOLDER")
@source_options
@click.option(
    "--every",
    default=1.0,
    metavar="SECONDS",
    type=Number(0.05, 3600),
    help="How often to look; default: 1.",
)
@click.option("--names", default="*", metavar="PATTERN", help="Which files of a folder to read, such as `cdr_*`.")
@click.option("--done", metavar="DIR", help="Move files of a folder here once they were read; else they stay.")
@data_option
def command(path: str, options: SourceOptions, every: float, names: str, done: str | None, data: str | None) -> None:
    """Take in CDR files as they come, until Ctrl-C or SIGTERM; then print the receipt for all of them.

    A FILE that grows is read from where reading stopped last, at first from its beginning. If it is renamed, or copied
    and emptied, it is read to its end, and then the new one from its beginning. A line that is not finished waits for
    its end. In a FOLDER, each file is read whole, once, when nothing was written to it for five seconds. It works
    beside a server, and while that is restarted.

    Example: ./run follow /var/log/asterisk/cdr-csv/Master.csv --source asterisk --customer 5450f1834b75ff2103256300
    """
    from pbxtally.cli.collect_command import collector_context, run_collect_command
    from pbxtally.cli.direct_intake import DirectIntake
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.intake_counter import IntakeCounter
    from pbxtally.cli.intake_setup import resolved, setting_of
    from pbxtally.cli.stop_signals import stop_event
    from pbxtally.collectors import CollectorError
    from pbxtally.collectors.followed import Following
    from pbxtally.collectors.saved_positions import CollectedSource
    from pbxtally.records import file_label
    from pbxtally.settings import data_folder

    with stop_event() as stopped, open_folder(data_folder(data)) as folder:
        options = resolved(folder, options)
        setting_of(folder, options)
        following = Following(Path(path), names, Path(done) if done else None)
        if not Path(path).is_dir() and (done or names != "*"):
            wrong("done" if done else "names", f"{path} is not a folder - a growing file is followed without it")
        counter = IntakeCounter(
            folder.path, CollectedSource(file_label(Path(path).absolute()), options.customer, options.source)
        )
        direct = DirectIntake(folder, options, counter)
        context = collector_context(folder, options, direct.take)
        direct.goes_on = following.goes_on(context)
        try:
            first = following.collector(context)
        except CollectorError as why:
            wrong("file", str(why))
        turn = direct.calls.turn if Path(path).is_dir() else nullcontext
        run_collect_command(file_label(path), direct, first, lambda: following.collector(context), every, stopped, turn)
