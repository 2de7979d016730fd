"""Passwords: argon2id in a few threads, so that logins cannot use up memory or the event loop."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.errors import DomainError

MIN_LENGTH, MAX_LENGTH = 8, 128
MEMORY_KIB, PASSES, LANES = 19 * 1_024, 2, 1
QUEUE_PER_SLOT = 16
"""How many hashes may wait for each thread before callers are sent away."""

T = TypeVar("T")
_COMMON = Path(__file__).with_name("common_passwords.txt")


class PasswordRefused(DomainError):
    """`reason` is `too_short`, `too_long` or `too_common`."""

    slug, title, title_zh = "password-refused", "Choose another password", "请换一个密码"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooBusy(DomainError):
    slug, title, title_zh = "too-busy", "Try again in a moment", "系统繁忙，请稍后重试"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class Passwords:
    """Hashes with `slots` threads of 19 MiB each. Never call it inside a transaction."""

    def __init__(self, slots: int) -> None:
        self._hasher = PasswordHash((Argon2Hasher(PASSES, MEMORY_KIB, LANES),))
        self._threads = ThreadPoolExecutor(slots, "passwords")
        self._limit = slots * QUEUE_PER_SLOT
        self._waiting = 0
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash of a password somebody chooses. Raises `PasswordRefused` before any work."""
        text = acceptable(password)
        return await self._run(lambda: self._hasher.hash(text))

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and a new hash to store if the old one is out of date.

        With `known` None (nobody of that name, or no password set) the same work is done and the
        answer is no, so that the time tells nothing. So it is for a hash of another kind.
        """
        text = _normal(password)
        is_short_or_long = not MIN_LENGTH <= len(text) <= MAX_LENGTH
        if is_short_or_long or not Argon2Hasher.identify(known or self._nobody):
            text, known = "x" * MIN_LENGTH, None
        right, newer = await self._run(
            lambda: self._hasher.verify_and_update(text, known or self._nobody)
        )
        return (right, newer) if known else (False, None)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._limit:
            raise TooBusy("Too many sign-ins at once", retry_after_seconds=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


@lru_cache
def passwords(slots: int) -> Passwords:
    """The hasher of this process."""
    return Passwords(slots)


def acceptable(password: str) -> str:
    """The password as it is hashed (NFKC). Raises `PasswordRefused` for length and commonness."""
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        raise PasswordRefused(f"Use {MIN_LENGTH} characters or more", reason="too_short")
    if len(text) > MAX_LENGTH:
        raise PasswordRefused(f"Use {MAX_LENGTH} characters or fewer", reason="too_long")
    if text.casefold() in _common():
        raise PasswordRefused("Many people use this password", reason="too_common")
    return text


def _normal(password: str) -> str:
    # A long text is refused by its length and need not be normalised for that.
    return unicodedata.normalize("NFKC", password) if len(password) <= MAX_LENGTH else password


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))
