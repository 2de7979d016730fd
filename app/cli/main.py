"""The `shop` command: serve, work, migrate, import, audit."""

import sys
import warnings
from importlib import import_module
from typing import Any, Final

import typer

COMMANDS: Final = {
    "run": "processes",
    "serve": "serving",
    "worker": "working",
    "migrate": "database",
    "demo": "demo",
    "audit": "audit",
    "openapi": "openapi",
}
"""The module of `app.cli` that a command is a function of."""

GROUPS: Final = {
    "books": ("books", "Look after the ledger."),
    "import": ("imports", "Bring in catalogs."),
    "staff": ("staff", "Look after who works behind the shop."),
}


def shop(asked: str | None = None) -> typer.Typer:
    """Every command; the one that is asked for alone, so that nothing else is imported.

    The process that only watches others must not weigh what they weigh.
    """
    made = typer.Typer(
        name="shop",
        help="Run and look after a Stoa shop.",
        no_args_is_help=True,
        add_completion=False,
        callback=_shop,  # keeps a single command from taking the place of them all
    )
    is_known = asked in COMMANDS or asked in GROUPS
    for name, module in COMMANDS.items():
        if name == asked or not is_known:
            made.command(name)(getattr(_module(module), name))
    for name, (module, help_) in GROUPS.items():
        if name == asked or not is_known:
            made.add_typer(_module(module).app, name=name, help=help_)
    return made


def _shop() -> None:
    """Run and look after a Stoa shop."""


def _module(name: str) -> Any:
    return import_module(f"app.cli.{name}")


def main() -> None:
    warnings.filterwarnings("ignore", module="platformdirs")
    shop(sys.argv[1] if len(sys.argv) > 1 else None)()
