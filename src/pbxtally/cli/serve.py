"""`serve`: the web server."""

from __future__ import annotations

import errno
import gc
import logging
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import WholeNumber, data_option, now_ms

if TYPE_CHECKING:
    import uvicorn

    from pbxtally.arrivals import Arrivals
    from pbxtally.cli.folder import Folder
    from pbxtally.mail import Smtp
    from pbxtally.meters import Meters
    from pbxtally.settings import Settings
    from pbxtally.sms import Gateway
    from pbxtally.sso import Provider
    from pbxtally.stores.watched_store import WatchedStore
    from pbxtally.web.backend import Backend


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Address to listen on; default: 127.0.0.1.")
@click.option("--port", metavar="PORT", type=WholeNumber(0, 65535), help="Port to listen on; default: 8080.")
@data_option
def command(host: str | None, port: int | None, data: str | None) -> None:
    """Serve POST /pbx/cdrstats, the pages at / and the API documentation at /docs, until Ctrl-C.

    Example: ./run serve --port 8080 --data /var/lib/pbxtally
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.settings import data_folder, load_settings

    path = data_folder(data)
    settings = load_settings(path)
    listener = listen(host or settings.host, settings.port if port is None else port)  # else no folder is made
    with listener, open_folder(path, create=True) as folder:
        serve(folder, listener, lambda address: click.echo(f"pbxtally listens on {address}"))


def listen(host: str, port: int) -> socket.socket:
    """A socket on that address; InvalidFieldError names the option to change."""
    from pbxtally.errors import InvalidFieldError

    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as why:
        if why.errno in (errno.EADDRINUSE, errno.EACCES):
            reason = "is taken" if why.errno == errno.EADDRINUSE else "is not for everybody"
            raise InvalidFieldError("port", f"{host}:{port} {reason} - use another with --port") from None
        raise InvalidFieldError("host", f"{host} is not an address of this machine - use another with --host") from None
    # An answer is written in two parts, its head and its body. Without this the body waits for the client to
    # acknowledge the head, after 40 ms; asyncio does it only for sockets that it made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(folder: Folder, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve a folder on a socket until told to stop; `ready` is given the address that people type."""
    import uvicorn

    from pbxtally.cli.collecting import collecting, collectors_of
    from pbxtally.cli.folder import served_store
    from pbxtally.cli.remote_store import StoreServer
    from pbxtally.cli.server_arrivals import arrivals_of
    from pbxtally.cli.tenantless_retries import retrying_tenantless
    from pbxtally.intake import derive_changed_numbers
    from pbxtally.meters import Meters
    from pbxtally.web.app import UVICORN_OPTIONS, create_app

    meters = Meters()
    with listener, served_store(folder, meters) as store, arrivals_of(folder, store) as arrivals:
        derive_changed_numbers(store, folder.people)
        found = collectors_of(folder, store)
        store_server = StoreServer(folder.path, store, folder.people)
        try:
            app = create_app(_backend(folder, store, arrivals, meters))
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning", **UVICORN_OPTIONS))
            app.state.is_stopping = lambda: server.should_exit
            host, port = listener.getsockname()[:2]
            collected = collecting(folder, arrivals, found, meters)
            with _one_log(), _stopping_on_signals(server), collected, retrying_tenantless(folder, store):
                gc.collect()
                gc.freeze()  # what is there by now stays: the garbage collector need not look at it again
                ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
                server.run(sockets=[listener])
        finally:
            gc.unfreeze()  # else the store's library writes to standard error what was left of it
            store_server.close()


def _backend(folder: Folder, store: WatchedStore, arrivals: Arrivals, meters: Meters) -> Backend:
    """Everything the doors are handed."""
    from pbxtally.days_off import days_off
    from pbxtally.meters import Now
    from pbxtally.sources import SOURCES
    from pbxtally.web.backend import Backend

    now = Now(arrivals, now_ms, lambda: free_bytes(folder.path), store.rejected_records)
    settings = folder.settings
    return Backend(
        store,
        folder.people,
        folder.zone,
        settings.language,
        now_ms,
        address=settings.address,
        mail=mail_of(settings),
        sms=gateway_of(settings),
        sign_on=provider_of(settings),
        proxies=settings.proxies,
        arrivals=arrivals,
        meters=meters,
        metrics=lambda: meters.text(now),
        metrics_token=settings.metrics_token,
        days_off=days_off,
        sources=SOURCES,
    )


def free_bytes(path: Path) -> int:
    """Free space on the disk of a folder."""
    return shutil.disk_usage(path).free


def mail_of(settings: Settings) -> Smtp | None:
    """The mail server of the settings; None: none is set."""
    from pbxtally.errors import InvalidFieldError
    from pbxtally.mail import Smtp

    if not settings.smtp_host:
        return None
    if not settings.smtp_from:
        raise InvalidFieldError("smtp_from", "needed to send e-mail - set the address it comes from")
    return Smtp(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_from,
    )


def gateway_of(settings: Settings) -> Gateway | None:
    """The SMS gateway of the settings; None: none is set."""
    from pbxtally.sms import Gateway

    return Gateway(settings.sms_url, settings.sms_token) if settings.sms_url else None


def provider_of(settings: Settings) -> Provider | None:
    """The OpenID provider of the settings; None: none is set."""
    from pbxtally.errors import InvalidFieldError
    from pbxtally.web.sign_on import CALLBACK

    if not settings.oidc_issuer:
        return None
    for name in ("oidc_client_id", "oidc_client_secret"):
        if not getattr(settings, name):
            raise InvalidFieldError(name, "needed for single sign-on - the provider at oidc_issuer gave it to you")
    try:
        from pbxtally.sso import Provider
    except ModuleNotFoundError as why:
        raise InvalidFieldError("oidc_issuer", f"{why.name} is missing - install pbxtally with its extra sso") from None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_claim,
        settings.oidc_name,
        settings.address.rstrip("/") + CALLBACK,
    )


@contextmanager
def _stopping_on_signals(server: uvicorn.Server) -> Iterator[None]:
    """Stop the server on Ctrl-C and SIGTERM without a failure: uvicorn raises them once more when it is done."""

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class _Relay(logging.Handler):
    """Writes what the server's library logs as lines of our log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        import structlog

        from pbxtally.web.problems import without_tokens

        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        more = {"traceback": without_tokens(trace)} if trace else {}
        structlog.get_logger("pbxtally.web").log(record.levelno, without_tokens(record.getMessage()), **more)


@contextmanager
def _one_log() -> Iterator[None]:
    """Keep the log to lines of our own, whatever a client sends."""
    library, relay = logging.getLogger("uvicorn"), _Relay()
    library.addHandler(relay)
    try:
        yield
    finally:
        library.removeHandler(relay)
