"""A plan is made once a connection, on tables as young as the connection."""

from sqlalchemy import text

from app.cli.build import resources
from app.core.db import unit_of_work
from app.core.settings import Settings
from tests.conftest import patient
from tests.factories.counters import fill_purse
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop

COUNT_ANEW = text("SELECT pg_stat_force_next_flush()")
"""What earlier transactions of the connection read is told with what this one reads till then."""

READ_WHOLE = text("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0 ORDER BY 1")


async def test_an_order_reads_no_table_whole(fresh_url):
    """Not even one with a row: the plan stays when there are a million.

    The checks of foreign keys count too; they are planned once a connection as well.
    """
    async with resources(Settings(database=patient(fresh_url))) as made:
        async with unit_of_work(made.sessions) as session:
            shop = await make_shop(session)
            await make_promotion(session, shop.merchant.id, total_uses=5)
        tenders = await fill_purse(made.sessions, shop.member.id)
        async with unit_of_work(made.sessions) as session:
            await session.execute(COUNT_ANEW)
        async with unit_of_work(made.sessions) as session:
            await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=tenders)
            read_whole = (await session.scalars(READ_WHOLE)).all()
    assert read_whole == []
