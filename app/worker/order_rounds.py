"""What is done regularly for orders, parcels, returns and reviews."""

from app.adapters.resources import Resources
from app.core.db import unit_of_work
from app.services import orders, payments

ROUNDS = 20
"""How many batches one run works through at most."""
ENDED = 5_000
"""Orders that are over and added up in one transaction."""


async def expire_orders(resources: Resources) -> None:
    """Close unpaid orders whose time is over, oldest first."""
    terms = payments.PaymentTerms.of(resources.settings)
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        done = await orders.expire(resources.sessions, resources.gateways, limit=limit, terms=terms)
        if done < limit:
            return


async def expire_charges(resources: Resources) -> None:
    """Differences that orders were asked for in vain."""
    terms, limit = payments.PaymentTerms.of(resources.settings), resources.settings.worker.batch
    await orders.charges.expire_charges(
        resources.sessions, resources.gateways, limit=limit, terms=terms
    )


async def give_charges_back(resources: Resources) -> None:
    """Charges that were to go back while their bank had not decided."""
    await orders.charges.give_back_due(resources.sessions, limit=resources.settings.worker.batch)


async def take_in_orders(resources: Resources) -> None:
    """Place what marketplaces sent and nobody placed: its process ended."""
    terms, limits = payments.PaymentTerms.of(resources.settings), resources.settings.checkout
    limit = resources.settings.worker.batch
    await orders.intake.place_due(resources.sessions, limits=limits, terms=terms, limit=limit)


async def place_groups(resources: Resources) -> None:
    """Place the queued rows of group orders."""
    terms, limits = payments.PaymentTerms.of(resources.settings), resources.settings.checkout
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        done = await orders.group_orders.place_rows(
            resources.sessions, limits=limits, terms=terms, limit=limit
        )
        if done < limit:
            return


async def pay_groups(resources: Resources) -> None:
    """Pay orders of groups from what their companies sent."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if await orders.group_orders.pay_rows(resources.sessions, limit=limit) < limit:
            return


async def receive_orders(resources: Resources) -> None:
    """Orders that left long ago count as received."""
    limit, limits = resources.settings.worker.batch, resources.settings.shipping
    for _ in range(ROUNDS):
        done = await orders.shipping.receive_due(resources.sessions, limit=limit, limits=limits)
        if done < limit:
            return


async def complete_orders(resources: Resources) -> None:
    """Orders of which nothing can be returned any more."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if await orders.shipping.complete_due(resources.sessions, limit=limit) < limit:
            return


async def invite_reviews(resources: Resources) -> None:
    """Ask buyers what they think of what they received some days ago."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if await orders.shipping.invite_due(resources.sessions, limit=limit) < limit:
            return


async def fold_ended(resources: Resources) -> None:
    """Add up orders that are over."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if not await orders.centre.fold_ended(session, limit=ENDED):
                return


async def reroute(resources: Resources) -> None:
    """Send what waits in closed warehouses, or is missing in others, from elsewhere."""
    limit, limits = resources.settings.worker.batch, resources.settings.waiting
    for _ in range(ROUNDS):
        done = await orders.routing.leave_short_due(resources.sessions, limits, limit=limit)
        if done < limit:
            break
    for _ in range(ROUNDS):
        if await orders.routing.reroute_due(resources.sessions, limit=limit) < limit:
            return


async def keep_last_days(resources: Resources) -> None:
    """Tell of last days of waiting before and after them."""
    limit, limits = resources.settings.worker.batch, resources.settings.waiting
    for _ in range(ROUNDS):
        done = await orders.routing.keep_last_days(resources.sessions, limits, limit=limit)
        if done < limit:
            return


async def release(resources: Resources) -> None:
    """Give goods that came to those who wait for them."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if not await orders.routing.release_due(resources.sessions, limit=limit):
            return


async def push_labels(resources: Resources) -> None:
    """Ask carriers what became of labels, and take back those of unpacked parcels."""
    await orders.carriers.push_labels(
        resources.sessions,
        resources.carriers,
        resources.settings.carriers,
        limit=resources.settings.worker.batch,
    )


async def follow_parcels(resources: Resources) -> None:
    """Have parcels that left told about, ask about silent ones, apply what was told."""
    settings, limits = resources.settings.carriers, resources.settings.shipping
    limit = resources.settings.worker.batch
    await orders.carriers.retry_pushes(resources.sessions, resources.carriers, limits, limit=limit)
    for _ in range(ROUNDS):
        done = await orders.carriers.follow_parcels(
            resources.sessions,
            resources.carriers,
            settings,
            limits,
            public_url=resources.settings.http.public_url,
            limit=limit,
        )
        if done < limit:
            return


async def close_returns(resources: Resources) -> None:
    """Returns whose goods were not sent in time."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if await orders.after_sales.close_due(resources.sessions, limit=limit) < limit:
            return


async def judge_orders(resources: Resources) -> None:
    """Ask the rules about orders that are held until they are judged."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        if await orders.review.judge_due(resources.sessions, limit=limit) < limit:
            return


async def keep_time_of_reviews(resources: Resources) -> None:
    """Open reviews that were claimed and left; tell of those that are overdue."""
    await orders.review.keep_time(resources.sessions, limit=resources.settings.worker.batch)


async def see_to_parcels(resources: Resources) -> None:
    """Tell of parcels nothing is heard of, and give codes to those that wait to be fetched."""
    limit, limits = resources.settings.worker.batch, resources.settings.shipping
    await orders.carriers.flag_delayed(resources.sessions, limits, limit=limit)
    for _ in range(ROUNDS):
        pepper = resources.settings.secrets.pepper
        done = await orders.carriers.issue_codes(resources.sessions, pepper, limits, limit=limit)
        if done < limit:
            break
    messages, pepper = resources.messages, resources.settings.secrets.pepper
    await orders.carriers.tell_codes(resources.sessions, messages, pepper, limit=limit)
