"""Production refuses to start on what would lose money; development says what is missing."""

import pytest
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.database import config
from app.cli.startup import RefusedToStart, check, faults_of_database, faults_of_settings
from app.core.revisions import newest_revision, older_revisions, revisions
from app.core.settings import Environment, Settings


def production(**parts: object) -> Settings:
    """Settings that production accepts, with `parts` replaced."""
    strong = SecretStr("k" * 32)
    sound: dict[str, object] = {
        "environment": Environment.PRODUCTION,
        "database": {"url": "postgresql+asyncpg://stoa@db/stoa"},
        "secrets": {"pepper": strong},
        "tokens": {"active_key": "k1", "keys": {"k1": strong}},
        "payments": {"gateways": ["alipay"]},
    }
    return Settings.model_validate(sound | parts)


def test_sound_settings_are_accepted() -> None:
    assert faults_of_settings(production()) == []


def test_development_runs_on_defaults() -> None:
    assert faults_of_settings(Settings()) == []


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"database": {"url": None}}, "embedded server"),
        ({"secrets": {}}, "SECRETS__PEPPER is the development default"),
        ({"secrets": {"pepper": "short"}}, "shorter than 32 bytes"),
        ({"tokens": {}}, "TOKENS__KEYS[dev] is the development default"),
        ({"tokens": {"active_key": "k2", "keys": {"k1": "k" * 32}}}, "names no key"),
        ({"payments": {}}, "sandbox"),
        ({"payments": {"gateways": ["alipay", "sandbox"]}}, "sandbox"),
        ({"http": {"rate_limits_enabled": False}}, "RATE_LIMITS"),
    ],
)
def test_production_refuses(parts: dict[str, object], fault: str) -> None:
    (said,) = faults_of_settings(production(**parts))
    assert fault in said


async def test_a_migrated_database_is_accepted(fresh_engine: AsyncEngine) -> None:
    await check(Settings(), fresh_engine, newest_revision())


async def test_f5_production_refuses_a_server_that_may_lose_commits(
    fresh_engine: AsyncEngine,
) -> None:
    async with fresh_engine.connect() as connection:
        fsync = await connection.scalar(text("SHOW fsync"))
    faults = await faults_of_database(production(), fresh_engine, newest_revision())
    assert any(each.startswith("fsync is off") for each in faults) == (fsync == "off")


async def test_an_unmigrated_database_is_refused_everywhere(fresh_engine: AsyncEngine) -> None:
    async with fresh_engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(RefusedToStart, match="run `shop migrate`"):
        await check(Settings(), fresh_engine, newest_revision())


def test_revisions_are_read_off_the_files_as_alembic_reads_them() -> None:
    scripts = ScriptDirectory.from_config(config(""))
    known = {each.revision: each.down_revision for each in scripts.walk_revisions()}
    assert {name: before or (None,) for name, before in revisions().items()} == {
        name: before if isinstance(before, tuple) else (before,) for name, before in known.items()
    }
    assert newest_revision() == scripts.get_current_head()
    assert older_revisions() == set(known) - {newest_revision()}
