"""Offers of many products at once, worked out once for each state of things and remembered."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump
from app.services import pricing
from app.services.catalog import OfferState, Watched
from app.services.pricing import Shelf
from app.services.pricing.engine import TaxMode
from app.services.promotions.engine import Gift, NextTier
from app.services.promotions.offer import PieceOffer, lowest, nearest, piece_offer
from app.services.promotions.rulebook import NO_RULES, RuleBook, read_rules
from app.services.promotions.standing import GUEST, Shopper, Standing, shopper_of, standing
from app.services.promotions.touching import touching

ID = 36
"""A key begins with the id of its product, so long as text."""
MOST_STANDINGS = 64
MOST_PRODUCTS = 20_000
"""How many products' offers are remembered in all."""
READINGS = 3
"""How often a page is read anew because the rules changed meanwhile."""


class Read(Protocol):
    """What was read of a page: goods with their keys, and the state they were read in."""

    @property
    def state(self) -> OfferState: ...


R = TypeVar("R", bound=Read)
Reading = Callable[[Watched], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class ProductOffers:
    """The offers of a product as JSON, ready to send.

    `card` is that of a list, null without a price; `by_sku` those of its SKUs, `touching` the
    promotions that look at them. `most_minor` is the most a promotion could take off.
    """

    card: str
    by_sku: Mapping[UUID, str]
    touching: str
    most_minor: int


NOTHING = ProductOffers("null", {}, "[]", 0)


class Edition:
    """A rule book and what was worked out by it, found by everything it depends on."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self._guests: dict[UUID, tuple[OfferState, Standing]] = {}
        self._known: OrderedDict[object, dict[object, ProductOffers]] = OrderedDict()
        self._count = 0

    def standing(self, state: OfferState, shopper: Shopper) -> Standing:
        """What stands open now; worked out anew only when time or what is left has changed it."""
        if shopper is not GUEST:
            return standing(self.book, state, shopper)
        before = self._guests.get(state.channel_id)
        if before is not None:
            known, found = before
            same = (known.limits, known.gifts, known.currency)
            if (state.limits, state.gifts, state.currency) == same and found.holds_at(state.at):
                return found
        found = standing(self.book, state, shopper)
        self._guests[state.channel_id] = (state, found)
        return found

    def find(self, now: Standing, keys: Sequence[str]) -> list[ProductOffers | None]:
        """What is remembered of the goods so named."""
        known = self._known.get(now.key)
        if known is None:
            return [None] * len(keys)
        self._known.move_to_end(now.key)
        found = [known.get(key) for key in keys]
        if not now.budgets:
            return found
        return [
            known.get((key, now.budgets)) if each is None or now.may_lack(each.most_minor) else each
            for key, each in zip(keys, found, strict=True)
        ]

    def remember(self, now: Standing, key: str, offers: ProductOffers) -> None:
        """Keep an offer for all budgets that suffice, or for just what is left of them now."""
        while self._known and (
            self._count >= MOST_PRODUCTS
            or (len(self._known) >= MOST_STANDINGS and now.key not in self._known)
        ):
            _, forgotten = self._known.popitem(last=False)
            self._count -= len(forgotten)
        known = self._known.setdefault(now.key, {})
        exact = (key, now.budgets) if now.may_lack(offers.most_minor) else key
        self._count += exact not in known
        known[exact] = offers


class OfferMemory:
    """What one process remembers of offers. It decides nothing: a quote reads everything anew.

    Nothing in it is right for some time only. Every entry is found by all that it depends on, and
    that is read in the same instant as the goods it is shown with.
    """

    def __init__(self) -> None:
        self._edition = Edition(NO_RULES)

    async def read(self, session: AsyncSession, reading: Reading[R]) -> tuple[R, Edition]:
        """Read a page with what its offers need; the rules are of that instant or a later one.

        One statement while the rules are the same, up to two more when they have changed.
        """
        edition = self._edition
        page = await reading(edition.book.watched)
        for _ in range(READINGS):
            if page.state.epoch == edition.book.epoch:
                break
            asked = edition.book.watched
            edition = self._edition = Edition(await read_rules(session))
            if edition.book.watched == asked:
                break
            page = await reading(edition.book.watched)
        return page, edition

    @staticmethod
    async def offers(
        session: AsyncSession,
        edition: Edition,
        state: OfferState,
        keys: Sequence[str],
        *,
        member_id: UUID | None = None,
    ) -> list[ProductOffers]:
        """The offers of the products whose keys were read with `state`, to a member or a guest.

        No statement while all is remembered, one more for goods that are not and one for a member.
        """
        shopper = GUEST
        if member_id is not None:
            shopper = await shopper_of(session, member_id, edition.book)
        now = edition.standing(state, shopper)
        found = edition.find(now, keys)
        missing = [UUID(key[:ID]) for key, each in zip(keys, found, strict=True) if each is None]
        made: dict[UUID, ProductOffers] = {}
        if missing:
            for shelf in await pricing.shelves(
                session,
                missing,
                channel_id=state.channel_id,
                currency=state.currency,
                tax_mode=TaxMode(state.tax_mode),
                tier=shopper.tier,
                own_lists=shopper.own_lists,
            ):
                made[shelf.spu_id] = offers = _work_out(shelf, now)
                if shelf.key is not None:
                    edition.remember(now, shelf.key, offers)
                # Many at once take a while; others are not kept waiting for all of them.
                await asyncio.sleep(0)
        return [
            made.get(UUID(key[:ID]), NOTHING) if each is None else each
            for key, each in zip(keys, found, strict=True)
        ]


def _work_out(shelf: Shelf, now: Standing) -> ProductOffers:
    offers = [piece_offer(good, shelf.policy, now) for good in shelf.goods]
    best = lowest(offers)
    return ProductOffers(
        card=dump(_card(best) if best else None),
        by_sku={
            each.sku_id: dump(_piece(each) | {"next_tiers": _plain(each.next_tiers)})
            for each in offers
        },
        touching=dump(touching(now.told, shelf.skus)),
        most_minor=max((each.before_minor for each in offers), default=0),
    )


def _card(offer: PieceOffer) -> dict[str, Any]:
    step = nearest(offer.next_tiers, offer.price_minor)
    return _piece(offer) | {"next_tier": step.to_dict() if step else None}


def _piece(offer: PieceOffer) -> dict[str, Any]:
    return {
        "sku_id": offer.sku_id,
        "list_price_minor": offer.list_price_minor,
        "before_minor": offer.before_minor,
        "price_minor": offer.price_minor,
        "price_kind": offer.price_kind,
        "price_ends_at": offer.price_ends_at,
        "applied": offer.applied,
        "gifts": _plain(offer.gifts),
    }


def _plain(rows: Iterable[NextTier | Gift]) -> list[dict[str, Any]]:
    return [each.to_dict() for each in rows]
