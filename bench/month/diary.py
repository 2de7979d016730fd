"""What is done when: the appointments of a month, from the wallets to the closing of the books."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import partial

from bench.month import cases, closing, reviews, statements, wallets
from bench.month.gateways import WRITERS
from bench.month.refunds import follow, rescue
from bench.month.shop import Basket
from bench.month.shopping import FATES, buy
from bench.month.story import OPENS, SHUTS, Month
from tests.factories.statements import BEIJING

MEMBERS_FOR = 8
"""Orders of a member."""

TOP_UPS_OF_HUNDRED, WITHDRAWALS_OF_HUNDRED = 15, 8
CUTOFFS = ("told the next day", "told never")


async def keep(month: Month) -> None:
    """Live the month: shopping, statements of each day, cases, signatures, the closing."""
    await month.traveller.go_to(month.starts - timedelta(hours=12))
    await wallets.open_wallets(month, max(4, month.orders // MEMBERS_FOR))
    package_id = await wallets.offer_package(month)
    await month.swept()
    fates = dict(enumerate(FATES))
    for place, basket in enumerate(month.grocer.baskets):
        fate = fates.get(place)  # each happens at least once
        month.plan(
            _shopping_hour(month),
            partial(
                *(buy, month, basket, follow),
                fate=fate,
                outside=month.lots.choice(list(WRITERS)) if fate else None,
            ),
        )
    for _ in range(max(4, month.orders * TOP_UPS_OF_HUNDRED // 100)):
        month.plan(_shopping_hour(month), partial(wallets.top_up, month, package_id))
    month.plan(
        _shopping_hour(month),
        partial(wallets.top_up, month, package_id, fate="late and untold"),
    )
    for _ in range(max(4, month.orders * WITHDRAWALS_OF_HUNDRED // 100)):
        month.plan(_shopping_hour(month), partial(wallets.withdraw, month))
    for number, day in enumerate((month.days[1], month.days[len(month.days) // 2])):
        month.plan(_at(day, OPENS), partial(wallets.sell_batch, month, number))
    _plan_sweeps(month)
    _plan_cutoffs(month)
    for day in month.days:
        _plan_statement(month, day)
    month.plan(_at(month.days[-2], OPENS), partial(closing.not_yet, month))
    await month.live()
    await _end(month)


async def _end(month: Month) -> None:
    await month.traveller.go_to(_at(month.days[-1] + timedelta(days=1), 17))
    await month.swept()
    await reviews.clear(month)
    await closing.close(month)
    await closing.explained(month)
    for day in month.days:
        await closing.trial(month, _at(day, 12))
    await closing.trial(month, None)


def _plan_sweeps(month: Month) -> None:
    at = month.opens + timedelta(minutes=30)
    while at < month.ends + timedelta(days=2):
        month.plan(at, partial(_sweep, month))
        at += month.sweep


async def _sweep(month: Month) -> None:
    if month.now >= month.ends:
        for gateway in month.gateways.values():
            gateway.refuses = False
    await month.swept()
    await rescue(month)


def _plan_cutoffs(month: Month) -> None:
    """Orders paid right before the end of a day, in each channel whose statement is written."""
    spare: Iterable[Basket] = month.grocer.baskets[: len(WRITERS) * len(CUTOFFS)]
    kinds = [(channel, fate) for fate in CUTOFFS for channel in WRITERS]
    for (channel, fate), basket in zip(kinds, spare, strict=False):
        day = month.lots.choice(month.days[:-1])
        early = month.gateways[channel].day_ends_early
        at = _at(day, 0) + timedelta(hours=23, minutes=55) - early
        month.plan(at, partial(_buy_at_midnight, month, basket, channel, fate, day))


async def _buy_at_midnight(
    month: Month, basket: Basket, channel: str, fate: str, day: date
) -> None:
    gateway = month.gateways[channel]
    before = len(gateway.seen)
    await buy(month, basket, follow, fate=fate, outside=channel)
    for fact in gateway.seen[before:]:
        statements.plant_cutoff(month, channel, fact.number, fact.minor, day)


def _plan_statement(month: Month, day: date) -> None:
    """The gateways' files are there in the morning; in the afternoon the day is signed."""
    after = day + timedelta(days=1)
    month.plan(_at(after, 10), partial(statements.state_day, month, day))
    month.plan(_at(after, 15), partial(_work_on_day, month, day))


async def _work_on_day(month: Month, day: date) -> None:
    await cases.resolve_day(month, day)
    for _ in range(2 if day >= month.days[-2] else 0):  # what goes back is stated on the last day
        await _sweep(month)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)


def _shopping_hour(month: Month) -> datetime:
    day = month.lots.choice(month.days[:-1])
    minutes = month.lots.randrange((SHUTS - OPENS) * 60)
    return _at(day, OPENS) + timedelta(minutes=minutes)
