"""Faults made on purpose: a harness that cannot fail shows nothing."""

from bench.server import Database, run

PLANTED = ("renewed-keys", "corruption")


async def corrupt(database: Database) -> None:
    """Promise one unit of stock to nobody; the audit must see it."""
    await run(
        database,
        "UPDATE stock SET reserved = reserved + 1 WHERE ctid = (SELECT ctid FROM stock LIMIT 1)",
    )
