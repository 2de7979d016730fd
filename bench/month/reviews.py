"""Matters that payments put before people: asked about until they are settled, and closed."""

from app.services import orders, payments
from app.services.payments.reviews import ReviewFilter
from bench.month.story import Month, WrongBooks

PAGE = 100


async def clear(month: Month) -> None:
    """Close every open matter; one that will not settle is wrong at the end of a month."""
    while True:
        async with month.session() as session:
            found = await payments.reviews.list_reviews(
                session, ReviewFilter(), after=None, limit=PAGE
            )
        if not found:
            return
        for review in found:
            if not review.is_settled:
                raise WrongBooks(f"{review.kind} of plan {review.plan_id} is under way")
            async with month.session() as session:
                await payments.reviews.close_review(
                    session,
                    review.id,
                    "seen to",
                    version=review.version,
                    actor=month.clerk,
                    owner=orders.PLAN_OWNER,
                )
            month.tally[f"review {review.kind} closed"] += 1
