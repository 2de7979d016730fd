"""What is done regularly, and how often."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from app.adapters.resources import Resources
from app.core.db import unit_of_work
from app.services import (
    catalog,
    finance,
    ledger,
    members,
    orders,
    payments,
    pricing,
    promotions,
    recommendations,
    reports,
    system,
    webhooks,
)
from app.worker import order_rounds, stock_rounds

log = structlog.get_logger()

Work: TypeAlias = Callable[[Resources], Awaitable[None]]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
IDEMPOTENCY_DAYS = 7
OUTBOX_DAYS = 14
REPLAY_DAYS = 90
WEBHOOK_DAYS = 30
"""How long events of merchants can be told again."""
ROUNDS = 20
PRICES = 1_000
"""Prices whose past changes are folded in one transaction."""
LOTS = 500
"""Lots of points, or cards, whose value becomes income in one transaction."""
RIPE = 100
"""Promises of points granted in one transaction."""
COUPONS = 5_000
"""Coupons ended in one transaction."""


@dataclass(frozen=True, slots=True)
class Job:
    """`run` opens the transactions it needs and may run again if it was cut short."""

    name: str
    every_seconds: float
    run: Work


async def _forget(resources: Resources) -> None:
    """Remove what nobody will ask for again, a bounded number of rows at a time."""
    async with unit_of_work(resources.sessions) as session:
        await system.idempotency.forget(session, older_than_days=IDEMPOTENCY_DAYS)
    async with unit_of_work(resources.sessions) as session:
        await system.messages.forget_delivered(session, older_than_days=OUTBOX_DAYS)
    async with unit_of_work(resources.sessions) as session:
        await system.limits.sweep(session)
    async with unit_of_work(resources.sessions) as session:
        await system.sweep_sessions(session)
    async with unit_of_work(resources.sessions) as session:
        await members.sweep_codes(session)
    async with unit_of_work(resources.sessions) as session:
        await reports.forget_replays(session, older_than_days=REPLAY_DAYS)
    await webhooks.forget(resources.sessions, older_than_days=WEBHOOK_DAYS)


async def _make_partitions(resources: Resources) -> None:
    await system.partitions.ensure(resources.sessions)


async def _seal(resources: Resources) -> None:
    """Seal the operation log; the hash leaves the database with the log line."""
    while (seal := await system.seals.seal(resources.sessions)) is not None:
        log.info("operation_log_sealed", rows=seal.row_count, key=seal.hash)


async def _expire_top_ups(resources: Resources) -> None:
    """Give up unpaid top-ups whose time is over."""
    terms = payments.PaymentTerms.of(resources.settings)
    limit = resources.settings.worker.batch
    await payments.top_ups.expire_top_ups(
        resources.sessions, resources.gateways, limit=limit, terms=terms
    )


async def _settle_payments(resources: Resources) -> None:
    """Ask gateways about what is open, finish what is closing, send refunds on their way."""
    terms = payments.PaymentTerms.of(resources.settings)
    await payments.janitor(
        resources.sessions,
        resources.gateways,
        orders.PLAN_OWNER,
        limit=resources.settings.worker.batch,
        terms=terms,
    )


async def _fold_prices(resources: Resources) -> None:
    """Note planned changes of prices that took effect."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if not await pricing.fold_prices(session, limit=PRICES):
                return


async def _expire_coupons(resources: Resources) -> None:
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if await promotions.expire_coupons(session, limit=COUPONS) < COUPONS:
                break
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if await promotions.void_left(session, limit=COUPONS) < COUPONS:
                break


async def _end_promotions(resources: Resources) -> None:
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if await promotions.end_over(session, limit=limit) < limit:
                return


async def _work_on_batches(resources: Resources) -> None:
    await promotions.work_on_batches(resources.sessions, resources.settings.secrets.pepper)


async def _book_breakage(resources: Resources) -> None:
    """Points and gift cards that can no longer be used become income."""
    terms = payments.PaymentTerms.of(resources.settings)
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            lots = await payments.expire_points(session, limit=LOTS, terms=terms)
        async with unit_of_work(resources.sessions) as session:
            cards = await payments.close_expired_cards(session, limit=LOTS, terms=terms)
        if max(lots, cards) < LOTS:
            return


async def _ripen_points(resources: Resources) -> None:
    """Grant the points whose orders can no longer come back."""
    terms = payments.PaymentTerms.of(resources.settings)
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if await payments.ripen_points(session, limit=RIPE, terms=terms) < RIPE:
                return


async def _work_on_card_batches(resources: Resources) -> None:
    terms = payments.PaymentTerms.of(resources.settings)
    await payments.work_on_card_batches(resources.sessions, terms)


async def _book_costs(resources: Resources) -> None:
    """What journals say points and goodwill cost, to the centres that bear it."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if not await finance.book_journal_costs(session):
                return


async def _watch_budgets(resources: Resources) -> None:
    """Tell once of each budget that has reached a level."""
    async with unit_of_work(resources.sessions) as session:
        await finance.budgets.watch_budgets(session)


async def _keep_periods(resources: Resources) -> None:
    """Make the month that has begun; finish closing those that wait for somebody's posting."""
    async with unit_of_work(resources.sessions) as session:
        await finance.open_periods(session, resources.settings.finance.zone)
    await finance.finish_closing(resources.sessions)


async def _fetch_statements(resources: Resources) -> None:
    """Take in the gateways' statements of the last days, where one is missing."""
    await finance.fetch_statements(resources.sessions, resources.gateways)


async def _push_invoices(resources: Resources) -> None:
    """Leave invoices to their provider, and ask what became of them."""
    await finance.push_invoices(
        resources.sessions,
        resources.invoices,
        resources.settings.finance.invoices,
        limit=resources.settings.worker.batch,
    )


async def _seal_books(resources: Resources) -> None:
    """Seal journals; the hash leaves the database with the log line."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            made = await ledger.seal(session)
        if made is None:
            return
        log.info("journals_sealed", number=made.number, journals=made.journals, key=made.hash)


async def _roll_up(resources: Resources) -> None:
    """Add up journals by the hour."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if not await ledger.roll_up(session):
                return


async def _roll_up_orders(resources: Resources) -> None:
    """Work out anew the hours in which something happened to orders that changed."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if not await reports.statistics.roll_up_orders(session):
                return


async def _refresh_tags(resources: Resources) -> None:
    """Follow the rules of tags, each in its own transaction; one that fails stops no other."""
    async with unit_of_work(resources.sessions) as session:
        due = await catalog.due_tags(session)
    for tag_id in due:
        try:
            async with unit_of_work(resources.sessions) as session:
                await recommendations.refresh_due_tag(session, tag_id)
        except Exception:
            log.exception("tag_not_refreshed", tag_id=str(tag_id))


async def _tell_disabled(resources: Resources) -> None:
    """Write to merchants whose webhooks were disabled."""
    limit = resources.settings.worker.batch
    await webhooks.tell_disabled(resources.sessions, resources.messages, limit=limit)


JOBS: Sequence[Job] = (
    Job("payments.settle", 3, _settle_payments),
    Job("inventory.free", MINUTE, stock_rounds.free_stock),
    Job("inventory.prove", DAY, stock_rounds.prove_stock),
    Job("inventory.sales", DAY, stock_rounds.count_sales),
    Job("inventory.watch", 5 * MINUTE, stock_rounds.watch_stock),
    Job("inventory.expire", 5 * MINUTE, stock_rounds.take_off_sale),
    Job("pricing.fold", MINUTE, _fold_prices),
    Job("promotions.expire_coupons", MINUTE, _expire_coupons),
    Job("promotions.end", MINUTE, _end_promotions),
    Job("recommendations.tags", MINUTE, _refresh_tags),
    Job("promotions.coupon_batches", 3, _work_on_batches),
    Job("payments.card_batches", 3, _work_on_card_batches),
    Job("orders.expire", 15, order_rounds.expire_orders),
    Job("orders.expire_charges", 15, order_rounds.expire_charges),
    Job("orders.give_charges_back", MINUTE, order_rounds.give_charges_back),
    Job("orders.receive", MINUTE, order_rounds.receive_orders),
    Job("orders.complete", MINUTE, order_rounds.complete_orders),
    Job("orders.reviews_invited", HOUR, order_rounds.invite_reviews),
    Job("orders.ended", MINUTE, order_rounds.fold_ended),
    Job("orders.reroute", MINUTE, order_rounds.reroute),
    Job("orders.backorders", 15, order_rounds.release),
    Job("orders.last_days", MINUTE, order_rounds.keep_last_days),
    Job("orders.labels", 3, order_rounds.push_labels),
    Job("orders.follow", MINUTE, order_rounds.follow_parcels),
    Job("orders.returns", MINUTE, order_rounds.close_returns),
    Job("orders.groups", 3, order_rounds.place_groups),
    Job("orders.group_payments", 3, order_rounds.pay_groups),
    Job("orders.intake", MINUTE, order_rounds.take_in_orders),
    Job("orders.review", 3, order_rounds.judge_orders),
    Job("orders.review_time", MINUTE, order_rounds.keep_time_of_reviews),
    Job("orders.parcels", 15, order_rounds.see_to_parcels),
    Job("payments.top_ups.expire_top_ups", 15, _expire_top_ups),
    Job("ledger.roll_up", MINUTE, _roll_up),
    Job("reports.order_hours", MINUTE, _roll_up_orders),
    Job("ledger.seal", MINUTE, _seal_books),
    Job("finance.periods", MINUTE, _keep_periods),
    Job("finance.costs", MINUTE, _book_costs),
    Job("finance.budgets", 5 * MINUTE, _watch_budgets),
    Job("payments.points", MINUTE, _ripen_points),
    Job("payments.breakage", 10 * MINUTE, _book_breakage),
    Job("finance.invoices", 3, _push_invoices),
    Job("finance.statements", HOUR, _fetch_statements),
    Job("webhooks.disabled", MINUTE, _tell_disabled),
    Job("system.forget", 10 * MINUTE, _forget),
    Job("system.partitions", 6 * HOUR, _make_partitions),
    Job("system.seal", 5 * MINUTE, _seal),
)


async def run_due(resources: Resources, jobs: Sequence[Job] = JOBS) -> int:
    """Give every job its turn and return how many ran. A job that fails does not stop others."""
    waiting = await system.jobs.waiting(resources.sessions)
    ran = 0
    for job in jobs:
        if job.name not in waiting:
            ran += await _take_turn(resources, job)
    return ran


async def _take_turn(resources: Resources, job: Job) -> bool:
    async def work() -> None:
        await job.run(resources)

    try:
        return await system.jobs.run_if_due(resources.sessions, job.name, job.every_seconds, work)
    except Exception:
        log.exception("job_failed", job=job.name)
        return False
