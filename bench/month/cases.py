"""What people do about differences, and the signature under a day."""

from datetime import date
from typing import Any

from app.core.actor import SecondPersonNeeded
from app.services import finance
from bench.month.gateways import CHANNELS
from bench.month.story import STRANGE, Month, WrongBooks

DISMISSED = "duplicate_row"


async def resolve_day(month: Month, day: date) -> None:
    """Work on the cases of a day until none is open, and sign it in every channel."""
    cases = await month.rows(
        "SELECT id, channel, verdict, number, version FROM reconciliation_cases"
        " WHERE day = :day AND state = 'open' ORDER BY channel, number, id",
        day=day,
    )
    if cases:
        await _not_signed(month, cases[0]["channel"], day)
    for case in cases:
        month.resolved[case["verdict"], await _resolve(month, case)] += 1
    for channel in CHANNELS:
        async with month.session() as session:
            await finance.sign_day(session, channel, day, version=1, actor=month.manager)
        month.tally["days signed"] += 1


async def _not_signed(month: Month, channel: str, day: date) -> None:
    try:
        async with month.session() as session:
            await finance.sign_day(session, channel, day, version=1, actor=month.manager)
    except finance.DayNotExplained:
        month.tally["days not signed with open cases"] += 1
    else:
        raise WrongBooks(f"{channel} {day} was signed with open cases")


async def _resolve(month: Month, case: Any) -> str:
    """How it ended."""
    async with month.session() as session:
        await finance.assign_case(
            session,
            case["id"],
            version=case["version"],
            owner=month.clerk.principal,
            actor=month.clerk,
        )
    if await _asked(month, case):
        return "matched"
    async with month.session() as session:
        known = await finance.read_case(session, case["id"])
        if case["verdict"] == DISMISSED:
            await finance.dismiss_case(
                session,
                case["id"],
                version=known["version"],
                reason="the line came twice",
                actor=month.clerk,
            )
            return "dismissed"
        proposed = await finance.propose_correction(
            session,
            case["id"],
            version=known["version"],
            reason="as the gateway states",
            actor=month.clerk,
        )
    try:
        async with month.session() as session:
            await finance.approve_correction(
                session, case["id"], version=proposed["version"], actor=month.clerk
            )
    except SecondPersonNeeded:
        month.tally["corrections not approved alone"] += 1
    else:
        raise WrongBooks(f"one person corrected {case['number']}")
    async with month.session() as session:
        await finance.approve_correction(
            session, case["id"], version=proposed["version"], actor=month.manager
        )
    return "corrected"


async def _asked(month: Month, case: Any) -> bool:
    """Ask the gateway where a number is ours; whether that ended the case."""
    is_ours = not (case["number"] or "").startswith(STRANGE)
    if not is_ours or case["verdict"] not in {"missing_local", "missing_gateway"}:
        return False
    found = await finance.inquire(
        month.resources.sessions, month.resources.gateways, case["id"], terms=month.terms
    )
    return bool(found["state"] == "resolved")
