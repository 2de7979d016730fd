"""Templates of the shop's own: made, corrected and put away by staff."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.promotion_templates import PromotionTemplate
from app.repositories.promotions import TemplateRepository
from app.services import system
from app.services.promotions.draft import PromotionTerms
from app.services.promotions.errors import InvalidPromotion
from app.services.promotions.templates.activities import PROMOTIONS
from app.services.promotions.templates.coupon_kinds import COUPONS
from app.services.promotions.templates.making import WRONG, filled_terms, template_faults
from app.services.promotions.templates.pieces import Template

CODES: Final = frozenset(each.code for each in (*PROMOTIONS, *COUPONS))
BY_ID: Final = {each.id: each for each in (*PROMOTIONS, *COUPONS)}
FRAME: Final = PromotionTerms(name="Example", stage="order", currency="CNY", action={})


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateTerms:
    """`terms` holds `{"$param": …}` in places; `example` are parameters that make it work."""

    name: str
    description: str
    terms: Mapping[str, Any]
    parameters: Mapping[str, Any]
    example: Mapping[str, Any]
    is_active: bool = True


async def create_template(
    session: AsyncSession, terms: TemplateTerms, *, code: str, actor: Actor
) -> PromotionTemplate:
    """Keep a template whose example works.

    Raises `InvalidPromotion` with what does not, and `AlreadyExists` for a code that is taken, by
    a built-in template perhaps.
    """
    _check(terms)
    if code in CODES:
        raise AlreadyExists(f"Code {code} is taken", field="code")
    row = PromotionTemplate(id=new_id(), code=code, version=1, **asdict(terms))
    TemplateRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists(f"Code {code} is taken", field="code") from error
    await system.record(
        session, actor, "promotions.create_template", "promotion_template", row.id, {"code": code}
    )
    return row


async def edit_template(
    session: AsyncSession, template_id: UUID, terms: TemplateTerms, *, version: int, actor: Actor
) -> PromotionTemplate:
    """Replace a template; promotions made from it stay what they are.

    Raises `NotFound` (built-in templates never change), `StaleVersion`, `InvalidPromotion`.
    """
    _check(terms)
    row = await TemplateRepository(session).get(template_id, lock=True)
    if row is None:
        raise NotFound("There is no such template to change")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    wanted = asdict(terms)
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.version += 1
        row.updated_at = now()
        await session.flush()
        await system.record(
            session,
            actor,
            "promotions.edit_template",
            "promotion_template",
            row.id,
            {"changed": changed},
        )
    return row


async def get_template(session: AsyncSession, template_id: UUID) -> Template | PromotionTemplate:
    """A built-in template or one of the shop's own. Raises `NotFound`."""
    found = BY_ID.get(template_id) or await TemplateRepository(session).get(template_id)
    if found is None:
        raise NotFound("There is no such template")
    return found


async def list_templates(
    session: AsyncSession, *, is_active: bool | None, after: UUID | None, limit: int
) -> Sequence[PromotionTemplate]:
    """The shop's own, newest first."""
    return await TemplateRepository(session).page(is_active=is_active, after=after, limit=limit)


def _check(terms: TemplateTerms) -> None:
    faults = template_faults(terms.terms, terms.parameters)
    if faults:
        raise InvalidPromotion(WRONG, errors=faults)
    filled_terms(terms.terms, terms.parameters, terms.example, FRAME, pointer="/example")
