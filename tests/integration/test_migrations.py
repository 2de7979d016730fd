"""The revisions and the models say the same, and can be taken back."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).parents[2]


def config(url: str) -> Config:
    made = Config(ROOT / "alembic.ini")
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


async def test_models_and_revisions_agree(fresh_url: str) -> None:
    await asyncio.to_thread(command.check, config(fresh_url))


async def test_down_to_nothing_and_up_again(fresh_url: str) -> None:
    await asyncio.to_thread(command.downgrade, config(fresh_url), "base")
    await asyncio.to_thread(command.upgrade, config(fresh_url), "head")
    await asyncio.to_thread(command.check, config(fresh_url))
