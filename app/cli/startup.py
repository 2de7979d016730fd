"""What must be true before the service takes a request."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.gateways import SANDBOX, faults_of_account
from app.cli.embedded import EMBEDDED_MARK
from app.core.revisions import is_usable
from app.core.settings import DEVELOPMENT_SECRET, Environment, Settings

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
SECRET_BYTES = 32


class RefusedToStart(Exception):
    """The configuration would lose money or leak it; `reasons` names every fault at once."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def faults_of_settings(settings: Settings) -> list[str]:
    """What no environment runs with, and what production must not run with; development may."""
    faults = _faults_of_gateways(settings)
    if settings.environment is not Environment.PRODUCTION:
        return faults
    if settings.database.url is None:
        faults.append("DATABASE__URL is not set: the embedded server is for development only")
    secrets = {
        "SECRETS__PEPPER": settings.secrets.pepper,
        **{f"TOKENS__KEYS[{kid}]": key for kid, key in settings.tokens.keys.items()},
    }
    for name, secret in secrets.items():
        value = secret.get_secret_value()
        if value == DEVELOPMENT_SECRET:
            faults.append(f"{name} is the development default")
        elif len(value.encode()) < SECRET_BYTES:
            faults.append(f"{name} is shorter than {SECRET_BYTES} bytes")
    if settings.tokens.active_key not in settings.tokens.keys:
        faults.append("TOKENS__ACTIVE_KEY names no key of TOKENS__KEYS")
    unreal: dict[str, Sequence[str | None]] = {
        "PAYMENTS__GATEWAYS names the sandbox: its money is not real": settings.payments.gateways,
        "FINANCE__INVOICES__PROVIDER is the sandbox: no tax authority knows it": [
            settings.finance.invoices.provider
        ],
    }
    if settings.carriers.sandbox:
        faults.append("CARRIERS__SANDBOX is on: its labels move no parcel")
    faults += [fault for fault, named in unreal.items() if SANDBOX in named]
    if settings.payments.accounts and not settings.http.public_url.startswith("https://"):
        faults.append("HTTP__PUBLIC_URL is not https: gateways send their notices nowhere else")
    if not settings.http.rate_limits_enabled:
        faults.append("HTTP__RATE_LIMITS_ENABLED is off")
    return faults


def _faults_of_gateways(settings: Settings) -> list[str]:
    """A gateway with a missing or unreadable key would believe anybody, or take nothing."""
    accounts = settings.payments.accounts
    faults = [
        f"PAYMENTS__GATEWAYS names {code}, which is not among PAYMENTS__ACCOUNTS"
        for code in settings.payments.gateways
        if code != SANDBOX and code not in accounts
    ]
    if SANDBOX in accounts:
        faults.append(f"PAYMENTS__ACCOUNTS must not call an account {SANDBOX}")
    if SANDBOX in settings.payments.gateways and not settings.payments.sandbox_secret:
        faults.append("PAYMENTS__SANDBOX_SECRET is empty")
    for code, account in accounts.items():
        faults += [f"PAYMENTS__ACCOUNTS[{code}]: {each}" for each in faults_of_account(account)]
    return faults


async def faults_of_database(settings: Settings, engine: AsyncEngine, head: str) -> list[str]:
    """What the database lacks. A missing revision is a fault in every environment."""
    faults = []
    async with engine.connect() as connection:
        known = await connection.scalar(text("SELECT to_regclass('alembic_version')"))
        current = (
            await connection.scalar(text("SELECT version_num FROM alembic_version"))
            if known
            else None
        )
        if current != head and not is_usable(current):
            faults.append(f"the database is at revision {current}, not {head}: run `shop migrate`")
        if settings.environment is Environment.PRODUCTION:
            if await connection.scalar(text("SELECT current_database()")) == EMBEDDED_MARK:
                faults.append("this is the embedded server: it is for development only")
            for name in DURABLE:
                value = await connection.scalar(
                    text("SELECT setting FROM pg_settings WHERE name = :name"), {"name": name}
                )
                if value in {"off", "local"}:
                    faults.append(f"{name} is {value}: an acknowledged order could be lost")
    return faults


async def check(settings: Settings, engine: AsyncEngine | None, head: str) -> None:
    """Raise `RefusedToStart` naming everything that is wrong; without a database, of settings."""
    faults = faults_of_settings(settings)
    if engine is not None:
        faults += await faults_of_database(settings, engine, head)
    if faults:
        raise RefusedToStart(faults)
