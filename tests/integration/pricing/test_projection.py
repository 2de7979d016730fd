"""What it costs to keep the projected prices of many products."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.core.actor import Actor, Audience
from app.core.db import build_sessions, unit_of_work
from app.core.enums.pricing import PriceListKind
from app.core.ids import new_id
from app.models.pricing import PriceList
from app.services import catalog, pricing
from tests.factories.catalog import make_channel
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop

PRODUCTS = 2_000
MORE_PRODUCTS = f"""
    WITH made AS (
        INSERT INTO spus (id, merchant_id, category_id, code, slug, name, status, options)
        SELECT gen_random_uuid(), merchant_id, category_id, code || n, slug || n, name, status,
            options
        FROM spus, generate_series(1, {PRODUCTS}) n RETURNING id, merchant_id, code
    )
    INSERT INTO skus (id, spu_id, merchant_id, code, options, option_key, status)
    SELECT gen_random_uuid(), id, merchant_id, code, '{{}}', '', 'active' FROM made
"""
MORE_PRICES = """
    INSERT INTO prices (sku_id, price_list_id, price_minor)
    SELECT k.id, l.id, 100 FROM skus k, price_lists l
    WHERE NOT EXISTS (SELECT FROM prices p WHERE p.sku_id = k.id)
"""
DEARER = "UPDATE prices SET price_minor = price_minor + 1"
READ_WHOLE = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'prices'"


async def test_a_plan_made_for_one_product_is_not_kept_for_thousands(
    fresh_engine: AsyncEngine,
) -> None:
    async with unit_of_work(build_sessions(fresh_engine)) as session:
        await make_shop(session)
    async with fresh_engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))  # the planner knows that one page is all
        for _ in range(10):  # more than enough for a plan to be kept
            await connection.execute(text(DEARER))
        await connection.execute(text(MORE_PRODUCTS))
        await connection.execute(text(MORE_PRICES))
        read = await rows_read(connection)
    assert read <= 10 * PRODUCTS


async def rows_read(connection: AsyncConnection) -> int:
    """Rows of prices that were read in whole scans while all of them changed."""
    await connection.commit()
    await connection.execute(text("BEGIN"))
    await connection.execute(text(DEARER))
    read = await connection.scalar(text(READ_WHOLE))
    await connection.execute(text("COMMIT"))
    assert read is not None
    return int(read)


WRITTEN = """
    SELECT sum(n_tup_ins + n_tup_del)::int FROM pg_stat_xact_user_tables
    WHERE relname IN ('spu_prices', 'price_spans')
"""
RANGES = "SELECT count(*) FROM spu_prices WHERE channel_id = CAST(:id AS uuid)"
SPANS = "SELECT count(*) FROM price_spans WHERE channel_id = CAST(:id AS uuid) AND valid_to > now()"


async def test_a_channel_touches_goods_of_its_own_currency_alone(fresh_engine: AsyncEngine) -> None:
    async with unit_of_work(build_sessions(fresh_engine)) as session:
        shop = await make_shop(session)
    skus = len(shop.skus)
    async with fresh_engine.begin() as connection:
        before = await connection.scalar(text(WRITTEN))  # not yet told to the server
        opened = await connection.scalar(
            text(
                "INSERT INTO channels"
                " (id, code, name, kind, currency, country, tax_mode, is_default, version)"
                " VALUES (gen_random_uuid(), 'us', 'US', 'storefront', 'USD', 'US', 'exclusive',"
                " false, 1) RETURNING id"
            )
        )
        assert await connection.scalar(text(WRITTEN)) == before
    for currency, sold in (("CNY", True), ("USD", False)):
        async with fresh_engine.begin() as connection:
            values = {"id": str(opened), "currency": currency}
            statement = "UPDATE channels SET currency = :currency WHERE id = CAST(:id AS uuid)"
            await connection.execute(text(statement), values)
            values = {"id": str(opened)}
            assert await connection.scalar(text(RANGES), values) == int(sold)
            assert await connection.scalar(text(SPANS), values) == skus * sold


async def test_a_channel_that_opens_leaves_others_prices_alone(fresh_engine: AsyncEngine) -> None:
    """Also one that is sold in the same currency, and a list that belongs to one channel."""
    async with unit_of_work(build_sessions(fresh_engine)) as session:
        shop = await make_shop(session)
        other = await make_channel(session)
        own = await make_price_list(session, kind=PriceListKind.CHANNEL, channel_id=other.id)
        await put_price(session, own.id, shop.skus[0].id, 50)
    before = await _rows(fresh_engine, but=other.id)
    assert before[0]
    assert before[1]
    async with unit_of_work(build_sessions(fresh_engine)) as session:
        opened = await make_channel(session)
        for is_active in (False, True):
            await session.execute(
                text("UPDATE price_lists SET is_active = :is_active WHERE id = :id"),
                {"is_active": is_active, "id": own.id},
            )
    async with fresh_engine.connect() as connection:
        for count, rows in ((RANGES, 1), (SPANS, len(shop.skus))):
            assert await connection.scalar(text(count), {"id": str(opened.id)}) == rows
    assert await _rows(fresh_engine, but=other.id, also_but=opened.id) == before


async def _rows(engine: AsyncEngine, *, but: UUID, also_but: UUID | None = None) -> list[set[str]]:
    """Where rows of other channels lie: one that is written again lies elsewhere."""
    found = []
    async with engine.connect() as connection:
        for table in ("spu_prices", "price_spans"):
            rows = await connection.scalars(
                text(f"SELECT ctid::text FROM {table} WHERE channel_id <> ALL(:others)"),
                {"others": [but, also_but or but]},
            )
            found.append(set(rows))
    return found


async def test_whoever_changes_what_all_goods_cost_may_take_longer(session: AsyncSession) -> None:
    how_long = text("SHOW statement_timeout")
    shop = await make_shop(session)
    staff = Actor(Audience.ADMIN, new_id())
    at_once = text("SET LOCAL statement_timeout = '5s'")
    await session.execute(at_once)
    row = await session.get_one(PriceList, shop.price_list.id)
    terms = pricing.PriceListTerms(name="Renamed")
    await pricing.edit_price_list(session, row.id, terms, version=row.version, actor=staff)
    assert await session.scalar(how_long) == "9s"
    await session.execute(at_once)
    values = {
        "code": "b2b",
        "name": "B2B",
        "kind": "marketplace",
        "currency": "CNY",
        "country": "CN",
        "tax_mode": "exclusive",
    }
    await catalog.create_channel(session, values, actor=staff)
    assert await session.scalar(how_long) == "9s"
    await session.execute(text("SET LOCAL statement_timeout = '20s'"))
    await catalog.create_channel(session, values | {"code": "b2c"}, actor=staff)
    assert await session.scalar(how_long) == "20s"
