"""`shop serve`: the API, in one process or in several that one watches."""

import multiprocessing
from typing import Annotated

import typer
import uvicorn

from app.core.settings import Settings

CONNECTIONS = 2_000
"""A crowd of a thousand gets its answers from the service, each with its reason."""

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
    if workers > 1:
        _check_apart()
    else:
        _check()
    from app.cli.protocol import Protocol  # noqa: PLC0415 - other commands serve nothing

    uvicorn.run(
        "app.cli.asgi:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
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


def _check() -> None:
    from app.cli.checking import checked  # noqa: PLC0415 - the watching process does without

    checked(Settings())


def _check_apart() -> None:
    """The process that watches the others keeps nothing of what a check imports."""
    # Forked, since nothing runs in this process yet; a fresh one would import all of this again.
    child = multiprocessing.get_context("fork").Process(target=_check)
    child.start()
    child.join()
    if child.exitcode:
        raise typer.Exit(1)
