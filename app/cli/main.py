"""The `shop` command: serve, work, migrate, import, audit."""

import warnings

import typer

from app.cli import audit, database, demo, imports, openapi, processes, staff

shop = typer.Typer(
    name="shop", help="Run and look after a Stoa shop.", no_args_is_help=True, add_completion=False
)
shop.command("run")(processes.run)
shop.command("serve")(processes.serve)
shop.command("worker")(processes.worker)
shop.command("migrate")(database.migrate)
shop.command("demo")(demo.demo)
shop.command("audit")(audit.audit)
shop.command("openapi")(openapi.openapi)
shop.add_typer(imports.app, name="import", help="Bring in catalogs.")
shop.add_typer(staff.app, name="staff", help="Look after who works behind the shop.")


def main() -> None:
    warnings.filterwarnings("ignore", module="platformdirs")
    shop()
