"""`shop migrate`: bring the database to the newest revision."""

from alembic import command
from alembic.config import Config
from rich.console import Console

from app.cli.embedded import database
from app.core.revisions import newest_revision
from app.core.settings import Settings

console = Console(stderr=True)


def config(url: str) -> Config:
    """Alembic's configuration for `url`; the caller is in the project's folder."""
    made = Config("alembic.ini")
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(settings: Settings) -> None:
    """Run what is missing of the revisions. Safe to repeat."""
    if settings.database.url is None:
        raise ValueError("no database")
    command.upgrade(config(settings.database.url), "head")


def migrate() -> None:
    """Bring the database to the newest revision."""
    with database(Settings()) as settings:
        upgrade(settings)
        console.print(f"The database is at revision {newest_revision()}.")
