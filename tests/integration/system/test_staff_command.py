"""`shop staff create` against a database of its own."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from app.cli.staff import PASSWORD_VARIABLE, app
from app.core.db import build_sessions
from app.core.security.passwords import passwords
from app.models.system import Staff

PASSWORD = "correct horse"
ARGUMENTS = ["create", "--email", "Mei@shop.test", "--name", "Mei"]


async def run(*more: str, password: str = PASSWORD, given: str | None = None) -> tuple[int, str]:
    """The command starts an event loop of its own, so it needs a thread of its own."""
    env = {PASSWORD_VARIABLE: given or ""}
    result = await asyncio.to_thread(
        CliRunner().invoke, app, [*ARGUMENTS, *more], input=f"{password}\n", env=env
    )
    return result.exit_code, result.output


@pytest.fixture(autouse=True)
def database(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE__URL", fresh_url)


async def test_the_first_owner_is_made(fresh_engine: AsyncEngine) -> None:
    assert await run("--owner") == (0, "mei@shop.test is on the staff, an owner.\n")
    async with build_sessions(fresh_engine)() as session:
        row = await session.scalar(select(Staff))
    assert row is not None
    assert row.is_owner
    assert await passwords(2).verify(PASSWORD, row.password_hash) == (True, None)
    code, output = await run("--owner")
    assert code == 1
    assert "taken" in output


async def test_the_password_may_come_from_the_environment(fresh_engine: AsyncEngine) -> None:
    code, _ = await run(password="ignored", given=PASSWORD)
    assert code == 0
    async with build_sessions(fresh_engine)() as session:
        row = await session.scalar(select(Staff))
    assert row is not None
    assert not row.is_owner
    assert await passwords(2).verify(PASSWORD, row.password_hash) == (True, None)


@pytest.mark.parametrize("password", ["short", "password", ""])
async def test_a_bad_password_is_refused(password: str) -> None:
    code, output = await run(password=password)
    assert code == 1
    assert "Choose another password" in output
