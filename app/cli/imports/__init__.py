"""`shop import`: bring catalogs in, report what was odd, resume after a stop."""

from app.cli.imports.commands import app

__all__ = ["app"]
