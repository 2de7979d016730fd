"""Importers: odd rows are reported, nothing is done twice, a stopped run goes on."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.mall import mall_steps
from app.cli.imports.mall_data import Mall
from app.cli.imports.running import Report, Step, run_import
from app.core.db import Sessions
from app.models.catalog import Attribute, Category, Sku, Spu
from app.models.imports import ImportReject, ImportRun
from app.models.inventory import Stock
from app.models.pricing import Price, PriceList
from app.models.promotions import Promotion


def product(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "spu_code": f"P{number}",
        "name": f"手机 {number}",
        "brand_id": 1,
        "category_id": 2,
        "price_minor": 1_000,
        "list_price_minor": 1_500,
        "unit": "",
        "weight_g": 100,
        "published": True,
        "sold": 0,
        "keywords": "",
        "promotion_type": "none",
        "promotion_price_minor": None,
        "skus": [sku(number, "金色", 1_000), sku(number, "银色", 1_200)],
        "quantity_ladder": [],
        "spend_and_save": [],
        "member_prices": [],
        "attributes": [],
    } | fields


def sku(number: int, color: str, price: int | None, **fields: Any) -> dict[str, Any]:
    return {
        "code": f"S{number}-{color}",
        "options": {"颜色": color},
        "price_minor": price,
        "promotion_price_minor": None,
        "stock": 7,
        "low_stock": None,
    } | fields


FILES: Mapping[str, list[dict[str, Any]]] = {
    "brands": [{"id": 1, "name": "小米", "initial": "M"}],
    "categories": [
        {"id": 1, "parent_id": None, "name": "数码", "sort": 1, "keywords": ""},
        {"id": 2, "parent_id": 1, "name": "手机", "sort": 1, "keywords": ""},
        {"id": 3, "parent_id": 99, "name": "孤儿", "sort": 1, "keywords": ""},
    ],
    "attributes": [
        {"id": 1, "set": "数码-手机", "name": "颜色", "kind": "sale", "choices": []},
        {"id": 2, "set": "数码-手机", "name": "网络", "kind": "descriptive", "choices": ["5G"]},
        {"id": 3, "set": None, "name": "年份", "kind": "descriptive", "choices": []},
    ],
    "products": [
        product(
            1,
            attributes=[
                {"attribute": "网络", "value": "5G"},
                {"attribute": "网络", "value": "2G"},
                {"attribute": "重量", "value": "1kg"},
            ],
        ),
        product(
            2,
            promotion_type="promotion_price",
            skus=[sku(2, "金色", 1_000, promotion_price_minor=900), sku(2, "银色", None)],
        ),
        product(
            3,
            promotion_type="quantity_ladder",
            quantity_ladder=[{"quantity": 2, "rate": "0.80"}, {"quantity": 3, "rate": "0.75"}],
            spend_and_save=[{"spend_minor": 1, "save_minor": 1}],
        ),
        product(
            4,
            promotion_type="member_price",
            member_prices=[
                {"tier": "黄金会员", "price_minor": 800},
                {"tier": None, "price_minor": 700},
                {"tier": "白金会员", "price_minor": -1},
            ],
        ),
        product(5, promotion_type="spend_and_save"),
        product(6, spu_code="P1"),
        product(7, spu_code=""),
        product(8, skus=[]),
    ],
    "coupons": [
        {
            "id": 1,
            "name": "手机券",
            "amount_minor": 100,
            "min_spend_minor": 1_000,
            "per_customer": 2,
            "count": 10,
            "scope": "product",
            "product_ids": [1, 7],
            "category_ids": [],
        }
    ],
    "flash_sessions": [{"name": "8:00", "start": "08:00:00", "end": "10:00:00"}],
    "flash_prices": [
        {
            "product_id": 1,
            "session": "8:00",
            "price_minor": 500,
            "quota": 3,
            "per_customer": 1,
        },
        {
            "product_id": 2,
            "session": "8:00",
            "price_minor": None,
            "quota": None,
            "per_customer": None,
        },
    ],
}


def steps(**files: Any) -> list[Step]:
    mall = Mall(deepcopy(dict(FILES)) | files)
    return list(mall_steps(mall, flash_on=date(2030, 1, 1), has_stock=True))


async def imported(sessions: Sessions, **files: Any) -> Report:
    return await run_import(sessions, "mall", steps(**files))


async def price(session: AsyncSession, code: str, on: str) -> Price | None:
    found: Price | None = await session.scalar(
        select(Price)
        .join(Sku, Sku.id == Price.sku_id)
        .join(PriceList, PriceList.id == Price.price_list_id)
        .where(Sku.code == code, PriceList.code == f"mall-{on}")
    )
    return found


async def test_what_is_sound_is_taken(sessions, session):
    await imported(sessions)
    spu = await session.scalar(select(Spu).where(Spu.code == "P1"))
    assert (spu.status, spu.attributes) == ("on_sale", {"a2": ["5G"]})
    assert spu.options == [
        {
            "code": "a1",
            "name": "颜色",
            "values": [{"code": "v1", "name": "金色"}, {"code": "v2", "name": "银色"}],
        }
    ]
    silver = await session.scalar(select(Sku).where(Sku.code == "S1-银色"))
    assert (silver.options, silver.option_key, silver.weight_grams) == (
        {"a1": "v2"},
        "a1=v2",
        100,
    )
    category = await session.get(Category, spu.category_id)
    parent = await session.get(Category, category.parent_id)
    assert (category.name, parent.name, category.ancestor_ids) == ("手机", "数码", [parent.id])
    assert await session.scalar(select(Stock.on_hand).where(Stock.sku_id == silver.id)) == 7


async def test_prices_go_to_the_list_they_belong_to(sessions, session):
    await imported(sessions)
    assert (await price(session, "S1-银色", "list")).price_minor == 1_200
    assert (await price(session, "S1-银色", "market")).price_minor == 1_500
    market = await session.scalar(select(PriceList).where(PriceList.code == "mall-market"))
    assert market.is_active is False
    assert (await price(session, "S2-金色", "offers")).price_minor == 900
    assert await price(session, "S2-银色", "list") is None
    assert (await price(session, "S4-金色", "member-gold")).price_minor == 800
    quotas = [(await price(session, f"S1-{each}", "flash-800")).quota for each in ("金色", "银色")]
    assert quotas == [2, 1]
    flash = await session.scalar(select(PriceList).where(PriceList.code == "mall-flash-800"))
    assert (flash.starts_at.isoformat(), flash.is_active) == ("2030-01-01T00:00:00+00:00", True)


async def test_ladders_and_coupons_become_promotions(sessions, session):
    await imported(sessions)
    found = {row.code: row for row in await session.scalars(select(Promotion))}
    assert set(found) == {"mall-quantity-ladder-3", "mall-coupon-1"}
    ladder = found["mall-quantity-ladder-3"]
    assert (ladder.status, ladder.stage) == ("running", "order")
    assert ladder.action == {
        "type": "ladder",
        "by": "quantity",
        "tiers": [{"min": 2, "off_bps": 2_000}, {"min": 3, "off_bps": 2_500}],
    }
    spu_id = await session.scalar(select(Spu.id).where(Spu.code == "P3"))
    assert ladder.scope == {"spus": [str(spu_id)]}
    assert found["mall-coupon-1"].needs_coupon is True


async def test_m48_every_odd_row_is_reported_with_its_reason(sessions, session):
    report = await imported(sessions)
    assert {(each.kind, each.external_id, each.reason) for each in report.rejects} == {
        ("category", "3", "parent category 99 does not exist"),
        ("attribute", "3", "年份 belongs to no attribute set"),
        ("product attribute", "1", "网络=2G is no choice"),
        ("product attribute", "1", "重量=1kg: not in set 数码-手机"),
        ("product", "6", "product 1 already has code P1"),
        ("product", "7", "has no product code"),
        ("product", "8", "has no SKUs: taken as a draft without a price"),
        ("price", "S2-银色", "has no price"),
        ("member price", "4", "tier None is not known"),
        ("member price", "4", "白金会员: has no price"),
        ("flash price", "2@8:00", "has no price"),
        ("spend_and_save", "3", "in force is quantity_ladder"),
        ("spend_and_save", "5", "is the promotion type, but no row says what it takes"),
        ("coupon", "1", "product 7 was not taken"),
    }
    stored = await session.scalar(select(func.count()).select_from(ImportReject))
    assert stored == len(report.rejects)


async def test_a_second_run_changes_nothing(sessions, session):
    await imported(sessions)
    again = await imported(sessions)
    assert not [name for name in again.counts if name.split()[-1] in {"created", "changed", "set"}]
    assert not [name for name in again.counts if name.endswith(("started", "stocked"))]
    assert await session.scalar(select(func.count()).select_from(Spu)) == 6
    assert await session.scalar(select(Stock.on_hand).limit(1)) == 7


async def test_a_later_run_brings_changes_but_leaves_what_staff_decided(sessions, session):
    await imported(sessions)
    spu = await session.scalar(select(Spu).where(Spu.code == "P1"))
    spu.status = "off_sale"
    await session.commit()
    changed = deepcopy(FILES["products"])
    changed[0]["name"] = "New name"
    report = await imported(sessions, products=changed)
    await session.refresh(spu)
    assert (spu.name, spu.status, spu.version) == ("New name", "off_sale", 2)
    assert report.counts["products changed"] == 1


async def test_a_stopped_run_goes_on_where_it_was(sessions, session):
    ready = steps()
    at = next(i for i, step in enumerate(ready) if step.name == "products")

    async def broken(*_) -> None:
        raise RuntimeError("power cut")

    cut = [*ready[:at], Step("products", 1, ready[at].batches, broken)]
    with pytest.raises(RuntimeError, match="power cut"):
        await run_import(sessions, "mall", cut)
    assert await session.scalar(select(func.count()).select_from(Spu)) == 0
    seen = await session.scalar(select(func.count()).select_from(Attribute))
    report = await imported(sessions)
    assert report.is_resumed
    assert "attributes unchanged" not in report.counts
    assert await session.scalar(select(func.count()).select_from(Attribute)) == seen == 2
    assert await session.scalar(select(func.count()).select_from(Spu)) == 6
    runs = list(await session.scalars(select(ImportRun)))
    assert len(runs) == 1
    assert runs[0].finished_at is not None
