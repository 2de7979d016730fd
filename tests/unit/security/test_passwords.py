"""Passwords: what is accepted, how they are hashed, and that nobody's name is given away."""

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.core.security.passwords import PasswordRefused, Passwords, TooBusy, acceptable


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(2)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("sieben7", "too_short"),
        ("x" * 129, "too_long"),
        ("x" * 100_000, "too_long"),
        ("password", "too_common"),
        ("PassWord", "too_common"),
        ("１２３４５６７８", "too_common"),
        ("trustno1", "too_common"),
    ],
)
async def test_a_bad_choice_is_refused_before_hashing(
    passwords: Passwords, password: str, reason: str
) -> None:
    with pytest.raises(PasswordRefused) as refusal:
        acceptable(password)
    assert refusal.value.context == {"reason": reason}
    with pytest.raises(PasswordRefused):
        await passwords.hash(password)


@pytest.mark.parametrize(
    "password", ["aB3$xxxx", "correct horse battery staple", "密码要长一点才安全"]
)
def test_length_is_what_counts(password: str) -> None:
    assert acceptable(password) == password


async def test_the_hash_has_the_agreed_cost(passwords: Passwords) -> None:
    found = extract_parameters(await passwords.hash("correct horse"))
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19 * 1_024, 2, 1)


async def test_the_right_password_verifies_however_it_is_composed(passwords: Passwords) -> None:
    known = await passwords.hash("caf\u00e9 au lait")
    assert await passwords.verify("cafe\u0301 au lait", known) == (True, None)
    assert await passwords.verify("cafe au lait", known) == (False, None)


@pytest.mark.parametrize("password", ["correct horse", "short", "x" * 1_000, ""])
async def test_nobody_has_no_password(passwords: Passwords, password: str) -> None:
    assert await passwords.verify(password, None) == (False, None)
    assert await passwords.verify("nobody has this password", None) == (False, None)


async def test_a_hash_of_another_kind_is_no_password(passwords: Passwords) -> None:
    for known in ("", "x", "$2b$12$abcdefghijklmnopqrstuv", "correct horse battery"):
        assert await passwords.verify("correct horse battery", known) == (False, None)


async def test_an_old_hash_is_replaced(passwords: Passwords) -> None:
    old = PasswordHasher(1, 8_192, 1).hash("correct horse")
    is_right, newer = await passwords.verify("correct horse", old)
    assert is_right
    assert newer is not None
    assert await passwords.verify("correct horse", newer) == (True, None)


async def test_f29_a_crowd_is_sent_away_rather_than_queued_for_ever() -> None:
    one = Passwords(1)
    crowd = [one.verify("correct horse", None) for _ in range(20)]
    results = await asyncio.gather(*crowd, return_exceptions=True)
    busy = [each for each in results if isinstance(each, TooBusy)]
    assert len(busy) == 4
    assert busy[0].retry_after_seconds == 1
    assert await one.verify("correct horse", None) == (False, None)
