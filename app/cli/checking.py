"""Whether the service may start at all; the processes that must not start ask this first."""

import asyncio

import typer

from app.cli import startup
from app.core.db import build_engine
from app.core.revisions import newest_revision
from app.core.settings import Settings


async def check(settings: Settings) -> None:
    """Raise `RefusedToStart` naming everything that keeps the service from starting."""
    engine = build_engine(settings.database, pool_size=1) if settings.database.url else None
    try:
        await startup.check(settings, engine, newest_revision())
        if engine is None:
            raise startup.RefusedToStart(["DATABASE__URL is not set: `shop run` brings its own"])
    finally:
        if engine is not None:
            await engine.dispose()


def checked(settings: Settings) -> None:
    """Exit with every reason when the service must not start."""
    try:
        asyncio.run(check(settings))
    except startup.RefusedToStart as refusal:
        for reason in refusal.reasons:
            typer.echo(f"{typer.style('refused to start', fg='red')}: {reason}", err=True)
        raise SystemExit(1) from None
