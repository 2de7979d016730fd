"""`shop demo`: fill an empty database with the demo shop, once and in one transaction."""

import asyncio

import httpx
import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker

from app.adapters.gateways import SANDBOX
from app.adapters.messages import ConsoleMessages
from app.adapters.resources import Resources
from app.adapters.sandbox import SandboxGateway
from app.cli.database import upgrade
from app.cli.demo.goods import LOGINS, OWNER, PASSWORD, SHOPPER
from app.cli.demo.stock_shop import Shopkeeper
from app.cli.embedded import database
from app.core.contacts import contact_of
from app.core.db import build_engine
from app.core.security.passwords import passwords
from app.core.sessions import Session
from app.core.settings import Environment, HttpSettings, Settings
from app.main import create_app
from app.services import catalog, members, merchants, system

console = Console(stderr=True)


def demo() -> None:
    """Fill the database with the demo shop, unless it is there. Never in production."""
    with database(Settings()) as settings:
        upgrade(settings)
        load_demo(settings)
        for login in LOGINS:
            console.print(login, markup=False, highlight=False)


def load_demo(settings: Settings) -> bool:
    """Whether the demo shop was loaded now; it is loaded whole or not at all.

    One that is there already shows its pictures where the service is now.
    """
    if settings.environment is Environment.PRODUCTION:
        console.print("[red]The demo shop is not for production.[/]")
        raise typer.Exit(1)
    return asyncio.run(_load(settings))


async def _load(settings: Settings) -> bool:
    # While the service is built for the first time the transaction waits, longer on a busy machine.
    patient = settings.database.model_copy(update={"idle_in_transaction_timeout_ms": 0})
    engine = build_engine(patient, pool_size=1)
    try:
        async with engine.begin() as connection:
            return await _fill(settings, connection)
    finally:
        await engine.dispose()


async def _fill(settings: Settings, connection: AsyncConnection) -> bool:
    """Let staff and a shopper do the rest through the API, on one transaction."""
    sessions = async_sessionmaker(
        connection,
        class_=Session,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
    )
    pictures = f"{settings.http.public_url.rstrip('/')}/sandbox/pictures"
    hasher = passwords(settings.http.hash_slots)
    digest = await hasher.hash(PASSWORD)
    async with sessions.begin() as session:
        shopper = contact_of(email=SHOPPER, phone=None)
        member_id = await members.add_member(session, shopper, digest)
        if member_id is None:
            await catalog.move_media(session, pictures)
            return False
        console.print("Loading the demo shop…")
        await catalog.ensure_default_channel(session)
        platform = await merchants.ensure_platform(session)
        await system.create_staff(
            session,
            email=OWNER,
            name="Demo owner",
            password_hash=digest,
            is_owner=True,
            actor=None,
        )
    unlimited = HttpSettings(rate_limits_enabled=False)
    has_sandbox = SANDBOX in settings.payments.gateways
    gateways = {SANDBOX: SandboxGateway(settings, engine=connection.engine)} if has_sandbox else {}
    resources = Resources(
        settings=settings.model_copy(update={"http": unlimited}),
        sessions=sessions,
        readers=sessions,
        messages=ConsoleMessages(),
        gateways=gateways,
    )
    transport = httpx.ASGITransport(create_app(resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
        shopkeeper = Shopkeeper(client, str(platform.id), pictures=pictures)
        await shopkeeper.open_shop(str(member_id))
        if has_sandbox:
            await shopkeeper.take_money()
    return True
