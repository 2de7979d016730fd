"""Identifiers: UUIDv7 for rows, short unguessable numbers for people."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils import NAMESPACE_URL, uuid5, uuid7

# Crockford's base 32: no I, L, O, U, so a number read over the phone is not misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A time-ordered UUIDv7, so index inserts stay local and ids sort by age."""
    made: UUID = pgproto.UUID(uuid7().bytes)
    return made


def id_of(text: str) -> UUID:
    """The id written as `text`, such as the driver gives: quick to make, compare and write.

    It is equal to that of the standard library. Raises `ValueError` for anything else than the
    canonical form.
    """
    read: UUID = pgproto.UUID(text)
    return read


def id_at(at: datetime) -> UUID:
    """The smallest UUIDv7 of a millisecond: ids made from then on are not less."""
    return UUID(int=max(0, int(at.timestamp() * 1_000)) << 80 | 7 << 76 | 0b10 << 62)


def made_at(id_: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((id_.int >> 80) / 1_000, UTC)


def named_id(*parts: str) -> UUID:
    """The same UUIDv5 for the same name everywhere, for rows found without a look-up."""
    made: UUID = pgproto.UUID(uuid5(NAMESPACE_URL, "stoa:" + ":".join(parts)).bytes)
    return made


def random_code(length: int) -> str:
    """`length` characters of 5 random bits each."""
    return "".join([ALPHABET[each & 31] for each in secrets.token_bytes(length)])


def new_number(prefix: str, at: datetime) -> str:
    """A number people see: `<prefix><yymmdd>-<8 random characters>` (40 bits a day)."""
    return f"{prefix}{at:%y%m%d}-{random_code(8)}"


def new_id_at(at: datetime) -> UUID:
    """A UUIDv7 as it would have been made at `at`: what is old sorts among its own age."""
    micros = int(at.timestamp() * 1_000_000) % 1_000
    return UUID(int=id_at(at).int | (micros << 66) | secrets.randbits(66) & ~(0b11 << 62))
