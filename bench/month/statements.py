"""A statement of each day and channel, with differences planted in it, and what is found."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from app.services import finance
from app.services.payments import StatementKind
from bench.month.gateways import SANDBOX, WRITERS
from bench.month.story import STRANGE, Month, Planted, WrongBooks
from tests.factories.statements import BEIJING, Fact

KINDS = ("amount_diff", "missing_gateway", "duplicate_row", "missing_local", "status_diff")
"""Differences in the order in which they are planted; what a day has no line for waits."""

RARE = KINDS[-1]
FAILS = "wechatpay"
"""Whose file says of a refund that it failed."""

CHUNK = 64 * 1_024


async def state_day(month: Month, day: date) -> None:
    """What the gateways state of a day is taken in, and says what was planted, nothing else."""
    for channel in WRITERS:
        facts = _facts_of(month, channel, day)
        told = _with_differences(month, channel, day, facts)
        content = WRITERS[channel](told, day)
        for _ in range(1 + (day == month.days[1])):  # the second time changes nothing
            await _take_in(month, channel, day, _chunks(content), f"{channel}-{day}")
        await _compare(month, channel, day)
    async with month.sandbox.statement(day, StatementKind.TRADES) as found:
        await _take_in(month, SANDBOX, day, found.chunks, found.filename)
    await _compare(month, SANDBOX, day)


def _facts_of(month: Month, channel: str, day: date) -> list[Fact]:
    """The gateway's own books of a day; what it tells late is on the next one."""
    gateway = month.gateways[channel]
    found = []
    for fact in gateway.seen:
        at = gateway.day_of(fact.at)
        if fact.number in month.told_later and not fact.is_refund:
            at += timedelta(days=1)
            midnight = datetime.combine(at, time(), BEIJING) - gateway.day_ends_early
            fact = replace(fact, at=midnight + timedelta(seconds=1))  # noqa: PLW2901 -- as told
        if at == day and not (fact.number in month.never_told and not fact.is_refund):
            found.append(fact)
    return found


def _with_differences(month: Month, channel: str, day: date, facts: list[Fact]) -> list[Fact]:
    """Plant at most one difference for ten lines, and at least one where a line allows it."""
    planted = month.planted.setdefault((channel, day), [])
    told = {place: [fact] for place, fact in enumerate(facts)}
    known = {each.number for each in planted}
    free = [place for place, fact in told.items() if _number(fact[0]) not in known]
    month.lots.shuffle(free)
    for _ in range(1 + len(facts) // 10):
        kind = _next_kind(month, channel, facts)
        if kind == "missing_local":
            strange = _strange(month, channel, day)
            told[len(told)] = [strange]
            planted.append(Planted(kind, strange.number, strange.minor))
            continue
        place = next((each for each in free if _allows(month, kind, channel, told[each][0])), None)
        if place is None:
            month.put_off(channel, kind)
            continue
        free.remove(place)
        fact = told[place][0]
        told[place], minor = _changed(kind, fact)
        planted.append(Planted(kind, _number(fact), minor))
    lines = [fact for place in told for fact in told[place]]
    month.told += [(channel, day, each) for each in lines]
    return lines


def _next_kind(month: Month, channel: str, facts: list[Fact]) -> str:
    """Kinds take turns; a rare one comes first where a line allows it."""
    if channel != FAILS:
        return month.next_kind(channel, KINDS[:-1])
    is_rare = not any(
        each.verdict == RARE for planted in month.planted.values() for each in planted
    )
    if is_rare and any(_allows(month, RARE, channel, fact) for fact in facts):
        return RARE
    return month.next_kind(channel, KINDS)


def _allows(month: Month, kind: str, channel: str, fact: Fact) -> bool:
    """What we book after the day is over, because its notice was lost, is missing on the next."""
    if kind == RARE:
        return fact.is_refund and channel == FAILS
    if kind == "missing_gateway" and fact.number in month.booked_later:
        return fact.is_refund
    return kind != "amount_diff" or not fact.is_refund


def _changed(kind: str, fact: Fact) -> tuple[list[Fact], int]:
    """The lines instead of it, and what they state more than we booked."""
    signed = -fact.minor if fact.is_refund else fact.minor
    match kind:
        case "amount_diff":
            return [replace(fact, minor=fact.minor + 7)], 7
        case "missing_gateway":
            return [], -signed
        case "duplicate_row":
            return [fact, fact], 0
        case _:
            return [replace(fact, state="FAIL")], -signed


def _strange(month: Month, channel: str, day: date) -> Fact:
    """Money nobody here knows of."""
    number = f"{STRANGE}-{channel[:2]}-{day:%m%d}-{month.lots.randrange(10**6)}"
    at = datetime.combine(day, time(12), BEIJING)
    return Fact(f"9{month.lots.randrange(10**18):018}", number, 700, at, fee=4)


def _number(fact: Fact) -> str:
    return fact.refund_no or fact.number


async def _take_in(
    month: Month, channel: str, day: date, chunks: AsyncIterator[bytes], filename: str
) -> None:
    gateway = month.resources.gateways[channel]
    what = finance.statement_of(gateway, channel, day, StatementKind.TRADES, filename)
    await finance.import_statement(month.resources.sessions, what, chunks, actor=month.clerk)


async def _compare(month: Month, channel: str, day: date) -> None:
    """Cases of the day are those that were planted in it, each once."""
    rows = await month.rows(
        "SELECT verdict, number, theirs_minor - ours_minor AS minor FROM reconciliation_cases"
        " WHERE channel = :channel AND day = :day",
        channel=channel,
        day=day,
    )
    found = Counter(Planted(**row) for row in rows)
    planted = Counter(month.planted.get((channel, day), []))
    if found != planted:
        raise WrongBooks(
            f"{channel} {day}: not found {list((planted - found).elements())},"
            f" found besides {list((found - planted).elements())}"
        )


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def plant_cutoff(month: Month, channel: str, number: str, minor: int, day: date) -> None:
    """Ours right before the end of the day: carried, and met or missing on the next one."""
    if number in month.never_told:
        later = month.planted.setdefault((channel, day + timedelta(days=1)), [])
        later.append(Planted("missing_gateway", number, -minor))
    month.planted.setdefault((channel, day), []).append(Planted("cutoff_pending", number, -minor))
