"""`shop staff`: the first owner, and everybody who must be let in without signing in."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from app.cli.embedded import database
from app.core.contacts import InvalidContact
from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.errors import AlreadyExists
from app.core.security.passwords import PasswordRefused, passwords
from app.core.settings import Settings
from app.services import system

PASSWORD_VARIABLE = "SHOP_STAFF_PASSWORD"  # noqa: S105 - where a password is, not one

app = typer.Typer(no_args_is_help=True)


@app.callback()
def staff() -> None:
    """Look after who works behind the shop."""


@app.command()
def create(
    email: Annotated[str, typer.Option(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="What colleagues call them.")],
    owner: Annotated[bool, typer.Option("--owner", help="May do everything, for ever.")] = False,
) -> None:
    """Add somebody to the staff.

    The password is read from SHOP_STAFF_PASSWORD, else from standard input, else asked for: never
    from an argument, which other users of the machine could see.
    """
    password = _password()
    with database(Settings()) as settings:
        try:
            person = asyncio.run(_create(settings, email, name, password, owner))
        except (AlreadyExists, InvalidContact, PasswordRefused) as refusal:
            typer.echo(f"{refusal.title}: {refusal.detail}.", err=True)
            raise typer.Exit(1) from None
    kind = "an owner" if person.is_owner else "without a role yet"
    typer.echo(f"{person.email} is on the staff, {kind}.")


def _password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


async def _create(
    settings: Settings, email: str, name: str, password: str, owner: bool
) -> system.StaffView:
    password_hash = await passwords(settings.http.hash_slots).hash(password)
    engine = build_engine(settings.database, pool_size=1)
    try:
        async with unit_of_work(build_sessions(engine)) as session:
            return await system.create_staff(
                session,
                email=email,
                name=name,
                password_hash=password_hash,
                is_owner=owner,
                actor=None,
            )
    finally:
        await engine.dispose()
