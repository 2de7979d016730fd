"""`shop serve`: the API, in one process or in several that one watches."""

import gc
import multiprocessing
import socket
from importlib import import_module
from typing import Annotated

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app.core.settings import Settings

CONNECTIONS = 2_000
"""A crowd of a thousand gets its answers from the service, each with its reason."""
APPLICATION = "app.cli.asgi"

Port = Annotated[int, typer.Option(help="The port to listen on.", envvar="PORT")]


def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    forwarded_allow_ips: Annotated[
        str, typer.Option(help="Proxies whose X-Forwarded-For is believed.")
    ] = "127.0.0.1",
    limit_concurrency: Annotated[
        int, typer.Option(help="Connections of one process; those beyond are answered 503.")
    ] = CONNECTIONS,
) -> None:
    """Serve the API. Needs DATABASE__URL; refuses to start on an unsafe configuration."""
    # Nearly all that is made while code is read stays: looking for garbage in it takes a third
    # of the time it takes to start.
    gc.disable()
    import_module(APPLICATION)
    _check()
    from app.cli.protocol import Protocol  # noqa: PLC0415 - other commands serve nothing

    config = uvicorn.Config(
        f"{APPLICATION}:create",
        factory=True,
        host=host,
        port=port,
        loop="app.cli.accepting:Loop",
        forwarded_allow_ips=forwarded_allow_ips,
        server_header=False,
        access_log=False,
        log_config=None,
        http=Protocol,
        limit_concurrency=limit_concurrency,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=20,
    )
    if workers == 1:
        gc.enable()
        _run(config)
        return
    from app.cli.forking import Forked  # noqa: PLC0415 - one process alone does without

    Forked(config.bind_socket(), workers, lambda listener: _run(config, listener)).watch()


def _run(config: uvicorn.Config, listener: socket.socket | None = None) -> None:
    server = uvicorn.Server(config)
    server.run(None if listener is None else [listener])
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)


def _check() -> None:
    """Ask whether it may start, in a process of its own: this one connects to nothing."""
    child = multiprocessing.get_context("fork").Process(target=_checked)
    child.start()
    child.join()
    if child.exitcode:
        raise typer.Exit(1)


def _checked() -> None:
    from app.cli.checking import checked  # noqa: PLC0415 - only whoever checks needs it

    checked(Settings())
