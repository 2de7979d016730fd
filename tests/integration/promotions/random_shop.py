"""A shop with lists, promotions and limits at random, and changes to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.pricing import PriceListKind
from app.core.ids import new_id
from app.models.members import Member
from app.models.pricing import PriceFloor, PriceList, PriceListMember, PricePolicy, PriceUse
from app.models.promotions import PromotionUse
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import put_stock
from tests.factories.members import make_member
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop, make_shop


@dataclass(frozen=True)
class RandomShop:
    """`members` are of no tier and of the tier gold; `promotions` and `lists` are what was made."""

    session: AsyncSession
    lots: Random
    shop: Shop
    gift_id: UUID
    members: Sequence[Member]
    promotions: list[UUID]
    lists: list[PriceList]

    async def change(self) -> None:
        """Change something that may count."""
        acts: Sequence[Callable[[], Awaitable[object]]] = (
            self._list,
            self._promotion,
            self._end,
            self._sell_out,
            self._use_up,
            self._spend,
            self._move_stock,
            self._allow,
        )
        await self.lots.choice(acts)()
        await self.session.commit()

    async def _list(self) -> None:
        lots = self.lots
        kind = lots.choice([each for each in PriceListKind if each is not PriceListKind.LIST])
        row = await make_price_list(
            self.session,
            kind=kind,
            tier="gold" if kind is PriceListKind.MEMBER_TIER else None,
            channel_id=self.shop.channel.id if kind is PriceListKind.CHANNEL else None,
            blocks_promotions=lots.random() < 0.2,
        )
        self.lists.append(row)
        if kind is PriceListKind.B2B:
            member_id = lots.choice(self.members).id
            self.session.add(PriceListMember(price_list_id=row.id, member_id=member_id))
        for sku_id in self.shop.sku_ids:
            quota = lots.choice((None, None, 3))
            per_member = lots.choice((None, 1))
            price = lots.randrange(3_000, 20_000)
            await put_price(self.session, row.id, sku_id, price, quota=quota, per_member=per_member)

    async def _promotion(self) -> None:
        row = await make_promotion(self.session, self.shop.merchant.id, **self._terms())
        self.promotions.append(row.id)

    def _terms(self) -> dict[str, Any]:
        lots, shop = self.lots, self.shop
        stage, action = lots.choice(self._actions())
        condition = lots.choice(
            (
                None,
                None,
                {"type": "min_amount", "amount_minor": lots.choice((4_999, 5_000, 10_000, 30_000))},
                {"type": "min_quantity", "quantity": lots.choice((1, 2))},
                {"type": "customer_tags", "any": ["gold"]},
                {"type": "first_order"},
                {"type": "channel", "channels": [str(shop.channel.id)]},
            )
        )
        return {
            "stage": stage,
            "action": action,
            "priority": lots.randrange(3),
            "condition": {"all": [condition]} if condition else {},
            "scope": lots.choice(
                (
                    {},
                    {},
                    {"categories": [str(shop.root.id)]},
                    {"brands": [str(shop.brand.id)]},
                    {"skus": [str(shop.sku_ids[0])]},
                    {"exclude_skus": [str(shop.sku_ids[1])]},
                )
            ),
            "stack": lots.choice(
                (
                    {},
                    {},
                    {"in_stage": "stack"},
                    {"exclusive": "order"},
                    {"across": "conflict"},
                    {"in_stage": "stack", "groups": ["g"]},
                )
            ),
            "total_uses": lots.choice((None, None, 2)),
            "uses_per_member": lots.choice((None, None, 1)),
            "budget_minor": lots.choice((None, None, 700, 2_500)),
        }

    def _actions(self) -> Sequence[tuple[str, dict[str, Any]]]:
        lots = self.lots
        rate, off = lots.choice((333, 1_000, 2_500)), lots.choice((1, 700, 2_000))
        present = {"sku_id": str(self.gift_id), "quantity": lots.choice((1, 2))}
        own = {"sku_id": str(self.shop.sku_ids[0]), "quantity": 10}
        steps = [{"min": 5_000, "off_minor": off}, {"min": 12_000, "off_minor": off + 900}]
        return (
            ("item", {"type": "percent_off_unit", "rate_bps": rate}),
            ("item", {"type": "amount_off_unit", "amount_minor": off}),
            ("item", {"type": "fixed_price", "price_minor": 4_000}),
            ("item", {"type": "nth", "n": 2, "rate_bps": 5_000}),
            ("order", {"type": "amount_off", "amount_minor": off}),
            ("order", {"type": "percent_off", "rate_bps": rate, "cap_minor": 800}),
            ("order", {"type": "each", "every_minor": 4_000, "off_minor": 300}),
            ("order", {"type": "ladder", "by": "amount", "tiers": steps}),
            ("order", {"type": "gift", "presents": [present]}),
            ("order", {"type": "gift", "presents": [own]}),
        )

    async def _end(self) -> None:
        await self._set("promotions", "status = 'ended'", self.lots.choice(self.promotions))

    async def _spend(self) -> None:
        """A member uses a promotion; so much less is left of it."""
        promotion_id, member = self.lots.choice(self.promotions), self.lots.choice(self.members)
        await self.session.execute(
            text(
                "UPDATE promotion_quotas SET"
                " consumed = least(consumed + 1, coalesce(total_uses, 9)), consumed_minor ="
                " least(consumed_minor + 600, coalesce(budget_minor, 9000))"
                " WHERE promotion_id = :id"
            ),
            {"id": promotion_id},
        )
        self.session.add(
            PromotionUse(
                promotion_id=promotion_id,
                order_id=new_id(),
                member_id=member.id,
                slot=None,
                amount_minor=600,
                state="consumed",
            )
        )

    async def _sell_out(self) -> None:
        await self.session.execute(
            text("UPDATE prices SET sold = quota WHERE quota IS NOT NULL AND sku_id = :id"),
            {"id": self.lots.choice(self.shop.sku_ids)},
        )

    async def _use_up(self) -> None:
        """A member takes a piece of every price of a SKU."""
        sku_id, member = self.lots.choice(self.shop.sku_ids), self.lots.choice(self.members)
        self.session.add_all(
            PriceUse(
                id=new_id(),
                order_id=new_id(),
                member_id=member.id,
                sku_id=sku_id,
                price_list_id=each.id,
                min_quantity=1,
                quantity=1,
            )
            for each in self.lists
        )

    async def _move_stock(self) -> None:
        sku_id = self.lots.choice((self.gift_id, self.shop.sku_ids[0]))
        await put_stock(self.session, sku_id, self.shop.warehouse.id, self.lots.choice((1, 2)))

    async def _allow(self) -> None:
        """Set a floor and what all channels allow."""
        await self.session.execute(text("DELETE FROM price_floors"))
        await self.session.execute(text("DELETE FROM price_policies"))
        self.session.add(
            PriceFloor(
                sku_id=self.lots.choice(self.shop.sku_ids), currency="CNY", floor_minor=4_700
            )
        )
        objective = self.lots.choice((None, "priority"))
        self.session.add(
            PricePolicy(id=new_id(), version=1, max_discount_bps=1_500, objective=objective)
        )

    async def _set(self, table: str, values: str, row_id: UUID) -> None:
        await self.session.execute(
            text(f"UPDATE {table} SET {values} WHERE id = :id"), {"id": row_id}
        )


async def make_random_shop(session: AsyncSession, seed: int) -> RandomShop:
    lots = Random(seed)  # noqa: S311 - the same shop for the same seed
    shop = await make_shop(session, quantity=lots.choice((0, 10)))
    gift = await make_sku(session, spu=await make_spu(session))
    await put_price(session, shop.price_list.id, gift.id, lots.choice((300, 3_000)))
    members = [await make_member(session, tier=tier) for tier in (None, "gold")]
    made = RandomShop(session, lots, shop, gift.id, members, [], [])
    for _ in range(lots.randrange(1, 7)):
        await made._promotion()
    if lots.random() < 0.6:
        await made._list()
    await session.commit()
    return made
