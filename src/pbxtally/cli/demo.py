"""`demo`: a folder of invented people and calls that go through the same intake as real ones, and a server on it."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.cli.options import DEMO_FOLDER, WholeNumber, demo_option, now_ms

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.stores.duckdb_store import DuckStore

MARK = "DEMO.json"
"""The file that marks a folder as a demo, and says from which day on it has calls."""


@click.command("demo")
@click.option(
    "--port",
    metavar="PORT",
    type=WholeNumber(0, 65535),
    help="Port to listen on; default: the first free one from 8080.",
)
@click.option("--remove", is_flag=True, help="Remove the demo folder, and do nothing else.")
@click.option("--fill-only", is_flag=True, help="Create or complete the demo folder, and do not serve it.")
@demo_option
def command(port: int | None, remove: bool, fill_only: bool, data: str | None) -> None:
    """Create a demo with twelve months of invented calls up to now, and serve it.

    The folder is ./pbxtally-demo, or --data. A later start adds the days that have passed.

    Example: ./run demo --port 8080
    """
    from pbxtally.cli.folder import open_folder, served_store
    from pbxtally.cli.serve import serve
    from pbxtally.meters import Meters

    path = Path(data or DEMO_FOLDER)
    if remove:
        _remove(path)
        return
    _refuse_real_data(path)
    with open_folder(path, create=True) as folder:
        with served_store(folder, Meters()) as store:
            _fill(folder, store)
        if not fill_only:
            token = _token(folder)
            serve(folder, _listener(port), lambda address: _welcome(address, token, path))


def _refuse_real_data(path: Path) -> None:
    from pbxtally.errors import FolderError

    if path.exists() and any(path.iterdir()) and not (path / MARK).exists():
        raise FolderError(f"{path} holds something that is not a demo - name another folder with --data")


def _remove(path: Path) -> None:
    from pbxtally.cli.remote_store import connect_to_store
    from pbxtally.errors import FolderError

    if not path.exists():
        raise FolderError(f"there is no demo in {path}")
    if not (path / MARK).exists():
        raise FolderError(f"{path} is not a demo's folder")
    server = connect_to_store(path)
    if server is not None:
        with server:
            raise FolderError(f"a server runs on {path} - stop it first")
    shutil.rmtree(path)
    click.echo(f"{path} is removed")


def _fill(folder: Folder, store: DuckStore) -> None:
    """Import the people and load the calls of every day that is missing, today's so far included."""
    from pbxtally.demo.company import (
        COMPANY_ID,
        COMPANY_TRUNKS,
        COMPANY_ZONE,
        RESELLER_ID,
        company_people,
        company_records,
    )
    from pbxtally.demo.page import PAGE_CUSTOMER, page_people
    from pbxtally.demo.page_calls import page_records
    from pbxtally.directory import import_people
    from pbxtally.intake import derive_changed_numbers
    from pbxtally.people import SourceSetting

    zone = ZoneInfo(COMPANY_ZONE)
    now = datetime.now(zone)
    mark = folder.path / MARK
    first_day, next_day = _days_to_fill(mark, now.date())
    if next_day == first_day:  # a new folder, or one whose first filling was interrupted
        import_people(folder.people, company_people(first_day), now_ms())
        import_people(folder.people, page_people(RESELLER_ID), now_ms())
        derive_changed_numbers(store, folder.people)
        folder.people.keep_source_setting(COMPANY_ID, "asterisk", SourceSetting(COMPANY_ZONE, COMPANY_TRUNKS))
        _load(folder, store, PAGE_CUSTOMER, "telecomx", "the page's calls", page_records())
    days = [next_day + timedelta(days=count) for count in range((now.date() - next_day).days + 1)]
    with click.progressbar(days, label="Making calls", show_pos=True) as shown:
        records = [record for day in shown for record in company_records(day, now)]
    _load(folder, store, COMPANY_ID, "asterisk", "the company's calls", records)
    mark.write_text(json.dumps({"first_day": first_day.isoformat(), "next_day": now.date().isoformat()}))
    store.tidy()


def _days_to_fill(mark: Path, today: date) -> tuple[date, date]:
    """The demo's first day, a year before it was made, and the first day whose calls are not all there."""
    if not mark.exists():
        first_day = (today - timedelta(days=365)).isoformat()
        mark.write_text(json.dumps({"first_day": first_day, "next_day": first_day}))
    said = json.loads(mark.read_text())
    return date.fromisoformat(said["first_day"]), date.fromisoformat(said["next_day"])


def _load(folder: Folder, store: DuckStore, customer: str, source: str, name: str, records: Iterable[bytes]) -> None:
    from pbxtally.cli.reading import read_aside
    from pbxtally.intake import Intake, numbering_of

    numbering = numbering_of(folder.people, customer, source)
    intake = Intake(store, folder.people, customer, source, read_aside(source), folder.zone, numbering, now_ms())
    receipt = intake.take(name, records)
    click.echo(f"{name}: {receipt.read} records, {receipt.kept} new")


def _token(folder: Folder) -> str:
    """The demo's token, the same at every start."""
    from pbxtally.demo.company import RESELLER_EMPLOYEE_ID
    from pbxtally.login import make_token

    file = folder.path / "token"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make_token(folder.people, RESELLER_EMPLOYEE_ID, now_ms()))
    return file.read_text()


def _listener(port: int | None) -> socket.socket:
    """A socket on the port asked for, or on the first free one from 8080 on."""
    from pbxtally.cli.serve import listen
    from pbxtally.errors import InvalidFieldError

    if port is not None:
        return listen("127.0.0.1", port)
    for free in range(8080, 8100):
        try:
            return listen("127.0.0.1", free)
        except InvalidFieldError:
            continue
    return listen("127.0.0.1", 0)


def _welcome(address: str, token: str, path: Path) -> None:
    from pbxtally.demo.company import COMPANY_ID
    from pbxtally.demo.page import PAGE_QUERY, page_response_request

    response = json.dumps(page_response_request())
    folder = shlex.quote(str(path))
    remove = "" if folder == DEMO_FOLDER else f" --data {folder}"
    click.echo(f"""
Today, in a browser:          {address}/?customer={COMPANY_ID}&token={token}
The API's manual:             {address}/docs
Token (of a reseller who may see both customers):
  {token}

The question of the vendor's page, as it stands there:
  curl -s '{address}/pbx/cdrstats' -H 'Authorization: Bearer {token}' -d "{PAGE_QUERY}"
  ./run ask --data {folder} "{PAGE_QUERY}"

The three weeks of its response:
  curl -s '{address}/pbx/cdrstats' -H 'Authorization: Bearer {token}' -d '{response}'
  ./run ask --data {folder} '{response}'

Everything here is invented. Ctrl-C stops the server; ./run demo --remove{remove} removes it all.
""")
