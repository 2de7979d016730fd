"""What must be true before the service takes a request."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.embedded import EMBEDDED_MARK
from app.core.settings import DEVELOPMENT_SECRET, Environment, Settings

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
SECRET_BYTES = 32


class RefusedToStart(Exception):
    """The configuration would lose money or leak it; `reasons` names every fault at once."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def faults_of_settings(settings: Settings) -> list[str]:
    """What production must not run with; development may."""
    if settings.environment is not Environment.PRODUCTION:
        return []
    faults = []
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
    if "sandbox" in settings.payments.gateways:
        faults.append("PAYMENTS__GATEWAYS names the sandbox: its money is not real")
    if not settings.http.rate_limits_enabled:
        faults.append("HTTP__RATE_LIMITS_ENABLED is off")
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
        if current != head:
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
