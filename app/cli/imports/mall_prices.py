"""The mall's prices and stock, through the doors of pricing and inventory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.mall_catalog import SOURCE
from app.cli.imports.mall_data import TIERS, Row
from app.cli.imports.running import IMPORTER
from app.cli.imports.warehouses import main_warehouse
from app.core.enums.pricing import PriceListKind
from app.services import catalog, inventory, pricing
from app.services.catalog import imports
from app.services.catalog.imports import Notes

CURRENCY = "CNY"
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class PriceSteps:
    """Prices land on lists of their own.

    `mall-list` holds what a SKU sells for: the price everything else is compared with.
    `mall-market` keeps the source's list price, which nobody ever paid: the list is not active,
    so it is neither offered nor struck through until somebody decides so. `mall-offers` holds
    promotion prices of products whose promotion type says they are in force. Member prices go to
    one list per tier, flash prices to one list per session.
    """

    flash_on: date | None
    has_stock: bool

    async def prices(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        skus = await _skus(session, rows)
        channel = await catalog.ensure_default_channel(session)
        list_prices, market, offers = [], [], []
        for row in rows:
            for sku in row["skus"]:
                if (sku_id := skus.get(sku["code"])) is None:
                    continue
                if not _is_price(sku["price_minor"]):
                    notes.reject("price", sku["code"], "has no price")
                    continue
                list_prices.append(pricing.PriceRow(sku_id, sku["price_minor"]))
                if _is_price(row["list_price_minor"]):
                    market.append(pricing.PriceRow(sku_id, row["list_price_minor"]))
                offer = sku["promotion_price_minor"]
                if row["promotion_type"] == "promotion_price" and _is_price(offer):
                    offers.append(pricing.PriceRow(sku_id, offer))
        terms = pricing.PriceListTerms
        await _set(session, "list", PriceListKind.LIST, terms(name="商城价"), list_prices, notes)
        idle = terms(name="市场价", is_active=False)
        await _set(session, "market", PriceListKind.LIST, idle, market, notes)
        sale = terms(name="促销价", channel_id=channel.id)
        await _set(session, "offers", PriceListKind.CHANNEL, sale, offers, notes)

    async def member_prices(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        """Member prices are of a product; every SKU of it gets them."""
        skus = await _skus(session, rows)
        by_tier: dict[str, list[pricing.PriceRow]] = {}
        for row in rows:
            for each in row["member_prices"]:
                tier = TIERS.get(each["tier"] or "")
                ids = [skus[sku["code"]] for sku in row["skus"] if sku["code"] in skus]
                if tier is None:
                    notes.reject("member price", row["id"], f"tier {each['tier']} is not known")
                elif row["promotion_type"] != "member_price":
                    notes.reject("member price", row["id"], f"in force is {row['promotion_type']}")
                elif not _is_price(each["price_minor"]):
                    notes.reject("member price", row["id"], f"{each['tier']}: has no price")
                elif not ids:
                    notes.reject("member price", row["id"], f"{each['tier']}: no SKU to price")
                else:
                    prices = [pricing.PriceRow(sku_id, each["price_minor"]) for sku_id in ids]
                    by_tier.setdefault(tier, []).extend(prices)
        for tier, prices in sorted(by_tier.items()):
            terms = pricing.PriceListTerms(name=f"会员价 {tier}", tier=tier)
            await _set(session, f"member-{tier}", PriceListKind.MEMBER_TIER, terms, prices, notes)

    async def flash_prices(
        self, session: AsyncSession, batch: Sequence[tuple[Row, Row, Row | None]], notes: Notes
    ) -> None:
        """`batch` pairs a session with a price and its product.

        The source says at which hours, not on which day: without `--flash-on` the lists wait,
        inactive. A quota is of a product; its SKUs share it out, so that no more is sold.
        """
        skus = await _skus(session, [product for _, _, product in batch if product])
        by_session: dict[str, list[pricing.PriceRow]] = {}
        terms: dict[str, pricing.PriceListTerms] = {}
        for hours, price, product in batch:
            ref = f"{price['product_id']}@{price['session']}"
            ids = [skus[s["code"]] for s in (product or {"skus": ()})["skus"] if s["code"] in skus]
            if not _is_price(price["price_minor"]):
                notes.reject("flash price", ref, "has no price")
            elif not ids:
                notes.reject("flash price", ref, "the product has no SKU to price")
            else:
                terms[price["session"]] = self._flash_terms(hours)
                rows = by_session.setdefault(price["session"], [])
                rows += _shared_out(price, ids)
        for name, rows in by_session.items():
            code = f"flash-{name.replace(':', '')}"
            await _set(session, code, PriceListKind.FLASH, terms[name], rows, notes)

    def _flash_terms(self, hours: Row) -> pricing.PriceListTerms:
        name = f"限时购 {hours['name']}"
        if self.flash_on is None:
            return pricing.PriceListTerms(name=name, is_active=False)
        starts, ends = (
            datetime.fromisoformat(f"{self.flash_on}T{hours[each]}").replace(tzinfo=CHINA)
            for each in ("start", "end")
        )
        return pricing.PriceListTerms(
            name=name, starts_at=starts.astimezone(UTC), ends_at=ends.astimezone(UTC)
        )

    async def stock(self, session: AsyncSession, rows: Sequence[Row], notes: Notes) -> None:
        """Receive the source's stock once; what is sold or counted later is ours to know."""
        if not self.has_stock:
            return
        skus = await _skus(session, rows)
        wanted = {s["code"]: s["stock"] for r in rows for s in r["skus"] if s["code"] in skus}
        known = await imports.known_rows(session, SOURCE, "stock", wanted)
        new = {code: stock for code, stock in wanted.items() if code not in known and stock}
        notes.count("stock unchanged", len(wanted) - len(new))
        if not new:
            return
        warehouse = await main_warehouse(session)
        moves = [inventory.Move(skus[code], warehouse, stock) for code, stock in new.items()]
        await inventory.receive(session, moves, cause=f"import:{SOURCE}", actor=IMPORTER.principal)
        await imports.remember(session, SOURCE, "stock", {code: skus[code] for code in new})
        notes.count("SKUs stocked", len(new))


def _shared_out(price: Row, sku_ids: Sequence[UUID]) -> list[pricing.PriceRow]:
    """The quota of a product shared among its SKUs; one that gets nothing gets no price."""
    each, rest = divmod(price["quota"], len(sku_ids))
    shares = [each + (at < rest) for at in range(len(sku_ids))]
    return [
        pricing.PriceRow(
            sku_id, price["price_minor"], quota=share, per_member=price["per_customer"]
        )
        for sku_id, share in zip(sku_ids, shares, strict=True)
        if share
    ]


async def _skus(session: AsyncSession, rows: Sequence[Row]) -> Mapping[str, UUID]:
    codes = [sku["code"] for row in rows for sku in row["skus"]]
    return await imports.known_rows(session, SOURCE, "sku", codes)


def _is_price(minor: int | None) -> bool:
    """Nothing is sold for nothing or for less by a file."""
    return minor is not None and minor > 0


async def _set(
    session: AsyncSession,
    name: str,
    kind: PriceListKind,
    terms: pricing.PriceListTerms,
    rows: Sequence[pricing.PriceRow],
    notes: Notes,
) -> None:
    """Set prices of the source's list of that name, made on first use."""
    if not rows:
        return
    known = await imports.known_rows(session, SOURCE, "price_list", [name])
    if (list_id := known.get(name)) is None:
        made = await pricing.create_price_list(
            session, terms, code=f"{SOURCE}-{name}", kind=kind, currency=CURRENCY, actor=IMPORTER
        )
        list_id = made.id
        await imports.remember(session, SOURCE, "price_list", {name: list_id})
    elif terms.starts_at is not None:
        found = await pricing.get_price_list(session, list_id)
        await pricing.edit_price_list(
            session, list_id, terms, version=found.version, actor=IMPORTER
        )
    changed = await pricing.set_prices(session, list_id, rows, actor=IMPORTER)
    notes.count(f"prices {name}: set", changed)
    notes.count(f"prices {name}: unchanged", len(rows) - changed)
