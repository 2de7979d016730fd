"""The terms orders used are those approved last, whatever else was approved."""

from dataclasses import replace

from app.core.enums.promotions import PromotionStatus
from app.core.ids import new_id
from app.models.promotions import PromotionVersion
from app.services import promotions
from app.services.promotions.versions import kept_terms
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop


async def approved(session, shop, *names, status=PromotionStatus.RUNNING):
    """A promotion approved once for each name, the last of which counts."""
    row = await make_promotion(session, shop.merchant.id, name="as it is", status=status)
    own = (await promotions.terms_in_force(session, [row.id]))[row.id]
    for number, name in enumerate(names, start=1):
        terms = kept_terms(replace(own, name=name))
        session.add(
            PromotionVersion(promotion_id=row.id, number=number, terms=terms, approved_by="admin:1")
        )
    row.approved_number = len(names) or None
    await session.flush()
    return row.id


async def test_each_promotion_has_the_terms_it_was_approved_with_last(session):
    shop = await make_shop(session)
    once = await approved(session, shop, "once")
    twice = await approved(session, shop, "first", "second")
    never = await approved(session, shop)
    draft = await approved(session, shop, "before", status=PromotionStatus.DRAFT)
    wanted = [once, twice, never, draft, new_id()]
    found = await promotions.terms_in_force(session, wanted)
    assert {key: terms.name for key, terms in found.items()} == {
        once: "once",
        twice: "second",
        never: "as it is",
        draft: "as it is",
    }
