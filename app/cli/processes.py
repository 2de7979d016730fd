"""`shop run`: everything a developer needs, started and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import typer
from rich.console import Console

from app.cli.database import upgrade
from app.cli.demo import LOGINS, load_demo
from app.cli.embedded import database
from app.cli.serving import Port
from app.core.settings import Settings

console = Console(stderr=True)


def run(port: Port = 8000) -> None:
    """Start PostgreSQL, the API and the worker with a demo shop; Ctrl-C stops them all."""
    _claim(port)
    with database(Settings()) as settings:
        url = f"http://127.0.0.1:{port}"
        upgrade(settings)
        http = settings.http.model_copy(update={"public_url": url})
        load_demo(settings.model_copy(update={"http": http}))
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
