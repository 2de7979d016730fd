"""`shop serve`, `shop worker`, and `shop run`, which starts everything a developer needs."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from app.cli import build, startup
from app.cli.build import resources
from app.cli.database import upgrade
from app.cli.demo import LOGINS, load_demo
from app.cli.embedded import database
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.worker.main import work

console = Console(stderr=True)
Port = Annotated[int, typer.Option(help="The port to listen on.", envvar="PORT")]


def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    forwarded_allow_ips: Annotated[
        str, typer.Option(help="Proxies whose X-Forwarded-For is believed.")
    ] = "127.0.0.1",
) -> None:
    """Serve the API. Needs DATABASE__URL; refuses to start on an unsafe configuration."""
    _checked(Settings())
    uvicorn.run(
        "app.cli.asgi:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        forwarded_allow_ips=forwarded_allow_ips,
        server_header=False,
        access_log=False,
        log_config=None,
        limit_concurrency=400,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=20,
    )


def worker() -> None:
    """Deliver events and run jobs. Needs DATABASE__URL."""
    settings = Settings()
    _checked(settings)
    configure_logging(settings.log_level)

    async def main() -> None:
        async with resources(settings) as made:
            await work(made)

    asyncio.run(main())


def _checked(settings: Settings) -> None:
    """Exit with every reason when the service must not start."""
    try:
        asyncio.run(build.check(settings))
    except startup.RefusedToStart as refusal:
        for reason in refusal.reasons:
            console.print(f"[red]refused to start[/]: {reason}")
        raise typer.Exit(1) from None


def run(port: Port = 8000) -> None:
    """Start PostgreSQL, the API and the worker with a demo shop; Ctrl-C stops them all."""
    _claim(port)
    with database(Settings()) as settings:
        url = f"http://127.0.0.1:{port}"
        upgrade(settings)
        load_demo(settings)
        environment = os.environ | {
            "DATABASE__URL": settings.database.url or "",
            "HTTP__PUBLIC_URL": url,
        }
        shop = [sys.executable, "-m", "app.cli"]
        children = [
            subprocess.Popen([*shop, "serve", "--port", str(port)], env=environment),  # noqa: S603
            subprocess.Popen([*shop, "worker"], env=environment),  # noqa: S603
        ]
        try:
            if _answers(port, children[0]):
                _welcome(url)
            _wait(children)
        finally:
            _stop(children)


def _claim(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            console.print(f"[red]Port {port} is taken.[/] Try: PORT={port + 1} make run")
            raise typer.Exit(1) from None


def _answers(port: int, api: subprocess.Popen[bytes], *, seconds: int = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and api.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.1)
    return False


def _welcome(url: str) -> None:
    console.print(f"\n[bold]Stoa is running.[/]\n  API   {url}\n  Docs  {url}/docs\n")
    console.print("Demo logins:")
    for login in LOGINS:
        console.print(f"  {login}", markup=False, highlight=False)
    console.print("\nCtrl-C stops everything.\n")


def _wait(children: list[subprocess.Popen[bytes]]) -> None:
    """Until a signal, or until one of the processes ends by itself."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with suppress(KeyboardInterrupt):
        while all(child.poll() is None for child in children):
            time.sleep(0.3)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            child.kill()
