"""Production refuses to start on what would lose money; development says what is missing."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.gateways import build_gateways
from app.cli.database import config
from app.cli.startup import RefusedToStart, check, faults_of_database, faults_of_settings
from app.core.revisions import newest_revision, older_revisions, revisions
from app.core.settings import Environment, Settings
from tests.simulators.wechatpay.account import make_account, make_platform

ACCOUNT = make_account(make_platform())


def without(**secrets: object) -> dict[str, object]:
    """Payment settings with an account that lacks something."""
    account = ACCOUNT.model_copy(
        update={name: SecretStr(str(value)) for name, value in secrets.items()}
    )
    return {"gateways": ["wechat"], "accounts": {"wechat": account}}


def production(**parts: object) -> Settings:
    """Settings that production accepts, with `parts` replaced."""
    strong = SecretStr("k" * 32)
    sound: dict[str, object] = {
        "environment": Environment.PRODUCTION,
        "database": {"url": "postgresql+asyncpg://stoa@db/stoa"},
        "secrets": {"pepper": strong},
        "tokens": {"active_key": "k1", "keys": {"k1": strong}},
        "http": {"public_url": "https://shop.test"},
        "payments": {"gateways": ["wechat"], "accounts": {"wechat": ACCOUNT}},
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
        ({"payments": {"gateways": ["nobody"]}}, "names nobody"),
        ({"payments": {"gateways": []}, "http": {"rate_limits_enabled": False}}, "RATE_LIMITS"),
        ({"http": {"public_url": "http://shop.test"}}, "HTTP__PUBLIC_URL"),
    ],
)
def test_production_refuses(parts: dict[str, object], fault: str) -> None:
    (said,) = faults_of_settings(production(**parts))
    assert fault in said


def test_m34_production_refuses_the_sandbox_beside_a_real_gateway() -> None:
    both = {"gateways": ["wechat", "sandbox"], "accounts": {"wechat": ACCOUNT}}
    (said,) = faults_of_settings(production(payments=both))
    assert "its money is not real" in said
    assert "sandbox" not in build_gateways(production())


@pytest.mark.parametrize(
    ("secrets", "fault"),
    [
        ({"api_key": ""}, "api_key has 0 bytes"),
        ({"api_key": "k" * 31}, "api_key has 31 bytes"),
        ({"private_key": ""}, "PAYMENTS__ACCOUNTS[wechat]"),
        ({"private_key": "file:/nowhere/key.pem"}, "No such file"),
        ({"public_key": ""}, "PAYMENTS__ACCOUNTS[wechat]"),
        ({"public_key": "-----BEGIN PUBLIC KEY-----"}, "PAYMENTS__ACCOUNTS[wechat]"),
    ],
)
@pytest.mark.parametrize("environment", list(Environment))
def test_m35_no_environment_starts_on_a_key_that_is_missing(
    environment: Environment, secrets: dict[str, object], fault: str
) -> None:
    broken = production(payments=without(**secrets), environment=environment)
    (said,) = faults_of_settings(broken)
    assert fault in said
    with pytest.raises((ValueError, OSError)):
        build_gateways(broken)


def test_m35_an_empty_secret_of_the_sandbox_starts_nowhere() -> None:
    (said,) = faults_of_settings(Settings.model_validate({"payments": {"sandbox_secret": ""}}))
    assert "SANDBOX_SECRET" in said


def test_an_account_that_is_not_offered_still_gives_back() -> None:
    settings = production(payments={"gateways": [], "accounts": {"wechat": ACCOUNT}})
    assert faults_of_settings(settings) == []
    assert set(build_gateways(settings)) == {"wechat"}


def test_secrets_are_read_from_files_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 32 + "\n")
    settings = production(payments=without(api_key=f"file:{file}"))
    assert faults_of_settings(settings) == []
    shown = repr(settings) + repr(build_gateways(production())["wechat"].__dict__)
    assert "PRIVATE KEY" not in shown
    assert "0123456789abcdefFEDCBA" not in shown


def test_accounts_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "KIND": "wechatpay",
        "MCH_ID": "1900000109",
        "APP_IDS": '{"qr": "wx1"}',
        "SERIAL": "AB",
        "PRIVATE_KEY": "file:/run/secrets/key.pem",
        "API_KEY": "k" * 32,
    }
    for name, value in said.items():
        monkeypatch.setenv(f"PAYMENTS__ACCOUNTS__WECHAT_2__{name}", value)
    account = Settings().payments.accounts["wechat_2"]
    assert (account.mch_id, account.scenes) == ("1900000109", {"qr"})


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


@pytest.mark.parametrize(("revision", "is_refused"), [("of_a_later_release", False), (None, True)])
async def test_f26_a_process_starts_on_the_tables_of_a_later_release(
    fresh_engine: AsyncEngine, revision: str | None, is_refused: bool
) -> None:
    """Which a migration under load brings, while processes of this release still come and go."""
    found = revision or min(older_revisions())
    async with fresh_engine.begin() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :found"), {"found": found}
        )
    faults = await faults_of_database(Settings(), fresh_engine, newest_revision())
    assert bool(faults) is is_refused


def test_revisions_are_read_off_the_files_as_alembic_reads_them() -> None:
    scripts = ScriptDirectory.from_config(config(""))
    known = {each.revision: each.down_revision for each in scripts.walk_revisions()}
    assert {name: before or (None,) for name, before in revisions().items()} == {
        name: before if isinstance(before, tuple) else (before,) for name, before in known.items()
    }
    assert newest_revision() == scripts.get_current_head()
    assert older_revisions() == set(known) - {newest_revision()}
