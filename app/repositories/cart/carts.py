"""Carts: opening, locking, and the snapshots that quotes and pages are made from."""

from collections.abc import Mapping, Sequence
from typing import Self
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.direct import direct
from app.core.enums.orders import CartState
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.delivery.offered import OFFERED
from app.repositories.pictures import picture

OPEN = "state IN ('open', 'open_group')"
ENTERED = "state = 'open_entry'"
"""Of a cart that staff fill for a member: no shopper finds it, and nobody at the desk theirs."""

# What was agreed on for a line, by whom, and how far they may go alone.
_AGREED = """
CASE WHEN l.agreed_minor IS NOT NULL THEN jsonb_build_object(
    'price_minor', l.agreed_minor, 'reason', l.agreed_reason, 'source', l.agreed_by,
    'approver', l.agreed_approver, 'alone_bps', l.agreed_alone_bps) END
"""

# Under READ COMMITTED a statement that waited for the lock sees the cart's new version but the
# old lines; `seen_version` is read from the statement's own snapshot, so the difference shows.
_SNAPSHOT = f"""
SELECT c.id, c.member_id, c.currency, c.version, c.coupon_codes, c.gift_choices,
       c.state = 'open_group' AS is_group_buy,
       now() AS at,
       h.id AS channel_id, h.code AS channel_code, h.country, h.tax_mode, h.is_active,
       (SELECT s.version FROM carts s WHERE s.id = c.id) AS seen_version,
       (SELECT jsonb_build_object(
                   'recipient', a.recipient, 'phone', a.phone, 'country', a.country,
                   'province', a.province, 'city', a.city, 'district', a.district,
                   'street', a.street, 'postal_code', a.postal_code,
                   'region_code', a.region_code)
        FROM addresses a
        WHERE a.id = CAST(:address_id AS uuid) AND a.member_id = c.member_id) AS address,
       {OFFERED},
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', l.id, 'sku_id', l.sku_id, 'quantity', l.quantity,
                   'options', l.options, 'options_key', l.options_key, 'note', l.note,
                   'exchange_offer_id', l.exchange_offer_id, 'bargain_id', l.bargain_id,
                   'agreed', {_AGREED})
               ORDER BY l.id), '[]')
        FROM cart_lines l WHERE l.cart_id = c.id AND l.is_selected) AS lines
FROM carts c JOIN members m ON m.id = c.member_id JOIN channels h ON h.id = c.channel_id
WHERE c.id = :cart_id AND c.member_id = :member_id AND c.{{open}}
"""

# The member's row stands for everything counted per member while an order is placed.
_LOCK = "FOR UPDATE OF c FOR NO KEY UPDATE OF m"
_SNAPSHOTS = {
    (state, lock): direct(_SNAPSHOT.format(open=state) + (_LOCK if lock else ""))
    for state in (OPEN, ENTERED)
    for lock in (True, False)
}

_SHOWN = f"""
SELECT c.id, c.member_id, c.currency, c.version, c.coupon_codes, c.gift_choices,
       c.state = 'open_group' AS is_group_buy,
       now() AS at,
       h.id AS channel_id, h.code AS channel_code, h.country, h.tax_mode, h.is_active,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', l.id, 'sku_id', l.sku_id, 'sku_code', s.code, 'spu_id', p.id,
                   'slug', p.slug, 'name', p.name, 'sku_name', s.name, 'sku_options', s.options,
                   'merchant_id', s.merchant_id, 'quantity', l.quantity,
                   'is_selected', l.is_selected, 'note', l.note, 'options', l.options,
                   'options_key', l.options_key, 'exchange_offer_id', l.exchange_offer_id,
                   'bargain_id', l.bargain_id, 'agreed', {_AGREED},
                   'is_on_sale', p.status = 'on_sale' AND s.status = 'active',
                   'image_url', {picture("p.id", "s.id")})
               ORDER BY l.id), '[]')
        FROM cart_lines l JOIN skus s ON s.id = l.sku_id JOIN spus p ON p.id = s.spu_id
        WHERE l.cart_id = c.id) AS lines
FROM carts c JOIN channels h ON h.id = c.channel_id
WHERE c.id = :cart_id AND c.member_id = :member_id AND c.{{open}}
"""


_OPENED = {
    state: direct(f"""
INSERT INTO carts (id, member_id, channel_id, currency, state)
VALUES (:id, :member_id, :channel_id, :currency, '{state}')
    ON CONFLICT (member_id, channel_id) WHERE state = '{state}'
    DO UPDATE SET updated_at = carts.updated_at
RETURNING id
""")
    for state in (CartState.OPEN, CartState.OPEN_GROUP, CartState.OPEN_ENTRY)
}

_TOUCHED = {
    state: direct(f"""
UPDATE carts SET version = version + 1, updated_at = now()
 WHERE id = :cart_id AND member_id = :member_id AND {state}
RETURNING version
""")
    for state in (OPEN, ENTERED)
}


class CartRepository:
    """Every query is scoped to the member whose cart it is; another's cart is not found.

    Staff who shop for a member (`is_entered`) find what they fill, and nothing else.
    """

    def __init__(self, session: AsyncSession, *, is_entered: bool = False) -> None:
        self._session = session
        self._open = ENTERED if is_entered else OPEN

    @classmethod
    def of(cls, session: AsyncSession, actor: Actor) -> Self:
        """The carts that an actor may see to."""
        return cls(session, is_entered=actor.on_behalf_of is not None)

    async def open(
        self, member_id: UUID, channel_id: UUID, currency: str, *, is_group_buy: bool = False
    ) -> tuple[UUID, bool]:
        """The member's open cart of the channel, and whether it was made just now."""
        cart_id = new_id()
        state = CartState.OPEN_GROUP if is_group_buy else CartState.OPEN
        if self._open == ENTERED:
            state = CartState.OPEN_ENTRY
        found: UUID = await self._session.scalar(
            _OPENED[state],
            {
                "id": cart_id,
                "member_id": member_id,
                "channel_id": channel_id,
                "currency": currency,
            },
        )
        return found, found == cart_id

    async def touch(self, cart_id: UUID, member_id: UUID) -> int | None:
        """Lock the open cart and move its version; None if there is no such cart."""
        found: int | None = await self._session.scalar(
            _TOUCHED[self._open], {"cart_id": cart_id, "member_id": member_id}
        )
        return found

    async def snapshot(
        self,
        cart_id: UUID,
        member_id: UUID,
        *,
        lock: bool,
        address_id: UUID | None = None,
        point_id: str | None = None,
        slot_id: str | None = None,
    ) -> RowMapping | None:
        """The open cart with its selected lines; with `lock`, both as of the moment of the lock.

        `address` is the member's own address of that id, or null; so are `point` and `slot` those
        of their ids. `freight` are the templates of its merchants, null for none.
        """
        statement = _SNAPSHOTS[self._open, lock]
        values = {
            "cart_id": cart_id,
            "member_id": member_id,
            "address_id": address_id,
            "point_id": point_id,
            "slot_id": slot_id,
        }
        row = (await self._session.execute(statement, values)).mappings().first()
        if row is not None and row["version"] != row["seen_version"]:
            row = (await self._session.execute(statement, values)).mappings().first()
        return row

    async def shown(self, cart_id: UUID, member_id: UUID) -> RowMapping | None:
        """The open cart with all its lines and what a page shows of them."""
        values = {"cart_id": cart_id, "member_id": member_id}
        return (
            (await self._session.execute(text(_SHOWN.format(open=self._open)), values))
            .mappings()
            .first()
        )

    async def lock_coupons(self, cart_id: UUID, member_id: UUID) -> list[str] | None:
        """Lock the open cart and return its codes; None if there is no such cart."""
        found: list[str] | None = await self._session.scalar(
            text(
                "SELECT coupon_codes FROM carts"
                f" WHERE id = :cart_id AND member_id = :member_id AND {self._open} FOR UPDATE"
            ),
            {"cart_id": cart_id, "member_id": member_id},
        )
        return found

    async def set_coupons(self, cart_id: UUID, member_id: UUID, codes: Sequence[str]) -> int | None:
        """Replace the codes of the open cart; its new version, or None if there is no such cart."""
        found: int | None = await self._session.scalar(
            text(
                "UPDATE carts SET coupon_codes = CAST(:codes AS varchar[]),"
                " version = version + 1, updated_at = now()"
                f" WHERE id = :cart_id AND member_id = :member_id AND {self._open}"
                " RETURNING version"
            ),
            {"cart_id": cart_id, "member_id": member_id, "codes": list(codes)},
        )
        return found

    async def choose_gifts(
        self, cart_id: UUID, member_id: UUID, choices: Mapping[str, str]
    ) -> int | None:
        """Replace the choices of the open cart; its new version, or None if there is none."""
        found: int | None = await self._session.scalar(
            text(
                "UPDATE carts SET gift_choices = CAST(:choices AS jsonb),"
                " version = version + 1, updated_at = now()"
                f" WHERE id = :cart_id AND member_id = :member_id AND {self._open}"
                " RETURNING version"
            ),
            {
                "cart_id": cart_id,
                "member_id": member_id,
                "choices": dump(choices),
            },
        )
        return found

    async def entered_for(self, cart_id: UUID, *, may_be_ordered: bool) -> UUID | None:
        """The member for whom staff fill a cart, or have ordered it."""
        found: UUID | None = await self._session.scalar(
            text(
                f"SELECT member_id FROM carts WHERE id = :cart_id AND ({ENTERED}"
                " OR (CAST(:may_be_ordered AS boolean) AND state = 'ordered'))"
            ),
            {"cart_id": cart_id, "may_be_ordered": may_be_ordered},
        )
        return found
