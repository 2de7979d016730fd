"""A small shop to test with: a channel, a merchant, a warehouse, a list, three SKUs for sale."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import ChannelKind, ProductStatus, SkuStatus, TaxMode
from app.core.enums.members import MemberKind
from app.core.ids import new_id, random_code
from app.models.catalog import Brand, Category, Channel, Sku, Spu, TaxRate
from app.models.inventory import Warehouse
from app.models.members import Member
from app.models.merchants import Merchant
from app.models.pricing import PriceList
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.pricing import make_price_list, put_price


@dataclass(frozen=True)
class Shop:
    """`skus` are three SKUs of one SPU at 100.00, 200.00 and 50.00, ten units of each in stock.

    13 % tax is contained in the prices. `category` lies below `root`.
    """

    channel: Channel
    merchant: Merchant
    warehouse: Warehouse
    price_list: PriceList
    member: Member
    root: Category
    category: Category
    brand: Brand
    spu: Spu
    skus: tuple[Sku, ...]

    @property
    def sku_ids(self) -> tuple[UUID, ...]:
        return tuple(sku.id for sku in self.skus)


PRICES = (10_000, 20_000, 5_000)


async def make_shop(
    session: AsyncSession, *, quantity: int = 10, prices: tuple[int, ...] = PRICES
) -> Shop:
    """A shop of the default channel and the platform; both are found again if they exist."""
    tag = random_code(6).lower()
    merchant = await _platform(session)
    channel = await _default_channel(session)
    warehouse = await make_warehouse(session, merchant.id)
    price_list = await make_price_list(session)
    member = Member(
        id=new_id(), kind=MemberKind.MEMBER, email=f"{tag}@example.test", name="Lin Shopper"
    )
    root = Category(id=new_id(), name=f"Clothes {tag}", slug=f"clothes-{tag}", ancestor_ids=[])
    brand = Brand(id=new_id(), name=f"Brand {tag}", slug=f"brand-{tag}")
    session.add_all([member, root, brand])
    await session.flush()
    category = Category(
        id=new_id(),
        parent_id=root.id,
        ancestor_ids=[root.id],
        name=f"Shirts {tag}",
        slug=f"shirts-{tag}",
    )
    session.add(category)
    await session.flush()
    spu = Spu(
        id=new_id(),
        merchant_id=merchant.id,
        category_id=category.id,
        brand_id=brand.id,
        code=f"SPU-{tag}",
        slug=f"shirt-{tag}",
        name=f"Shirt {tag}",
        status=ProductStatus.ON_SALE,
        options=[
            {
                "code": "size",
                "name": "Size",
                "values": [{"code": str(i), "name": str(i)} for i in range(len(prices))],
            }
        ],
    )
    session.add(spu)
    await session.flush()
    skus = tuple(
        Sku(
            id=new_id(),
            spu_id=spu.id,
            merchant_id=merchant.id,
            code=f"SKU-{tag}-{i}",
            options={"size": str(i)},
            option_key=f"size={i}",
            status=SkuStatus.ACTIVE,
            weight_grams=200,
        )
        for i in range(len(prices))
    )
    session.add_all(skus)
    await session.flush()
    for sku, price_minor in zip(skus, prices, strict=True):
        await put_price(session, price_list.id, sku.id, price_minor)
        if quantity:
            await put_stock(session, sku.id, warehouse.id, quantity)
    return Shop(channel, merchant, warehouse, price_list, member, root, category, brand, spu, skus)


async def _platform(session: AsyncSession) -> Merchant:
    found = await session.scalar(select(Merchant).where(Merchant.is_platform))
    if found is not None:
        return found
    row = Merchant(id=new_id(), code="platform", name="Platform", is_platform=True)
    session.add(row)
    await session.flush()
    return row


async def _default_channel(session: AsyncSession) -> Channel:
    found = await session.scalar(select(Channel).where(Channel.is_default))
    if found is not None:
        return found
    row = Channel(
        id=new_id(),
        code="web",
        name="Web shop",
        kind=ChannelKind.STOREFRONT,
        currency="CNY",
        country="CN",
        tax_mode=TaxMode.INCLUSIVE,
        is_default=True,
    )
    session.add(row)
    await session.flush()
    session.add(TaxRate(channel_id=row.id, tax_class="standard", rate_bps=1_300))
    await session.flush()
    return row
