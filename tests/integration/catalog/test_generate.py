"""Many SKUs in one call: the diff, idempotent runs, conflicts, and few statements."""

import pytest
from sqlalchemy import func, select

from app.core.enums.catalog import ProductStatus
from app.core.enums.scopes import Scope
from app.models.catalog import Sku, Spu
from app.models.pricing import Price
from app.services.catalog.engine.barcodes import check_digit
from tests.factories.catalog import make_sku, make_spu
from tests.factories.pricing import make_price_list
from tests.factories.staff import bearer, make_staff
from tests.statements import Statements


def axis(code: str, *values: str) -> dict:
    return {
        "code": code,
        "name": code.title(),
        "values": [{"code": each, "name": each.upper()} for each in values],
    }


COLOR, SIZE = axis("color", "red", "blue"), axis("size", "s", "m", "l")


@pytest.fixture
async def product(session):
    row = await make_spu(session, code="TEE", name="Tee", status=ProductStatus.DRAFT)
    await session.commit()
    return row


def path(row: Spu) -> str:
    return f"/api/v1/admin/products/{row.id}/skus/generate"


async def run(staff, row: Spu, **body) -> dict:
    response = await staff.post(path(row), json={"axes": [COLOR, SIZE]} | body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_dry_run_writes_nothing(staff, session, product):
    found = await run(staff, product, dry_run=True)
    assert (found["counts"]["to_create"], found["is_dry_run"]) == (6, True)
    assert found["to_create"][0]["code"] == "TEE-red-s"
    assert await session.scalar(select(func.count()).where(Sku.spu_id == product.id)) == 0


async def test_rules_deltas_prices_and_barcodes(staff, session, product):
    prices = await make_price_list(session)
    await session.commit()
    body = {
        "include": [{"color": ["red"]}, {"size": ["s", "m"]}],
        "exclude": [{"color": ["red"], "size": ["l"]}],
        "code_template": "{spu}_{size}.{color}",
        "name_template": "{name} in {color}",
        "prices": [
            {
                "price_list_id": str(prices.id),
                "base_minor": 1_000,
                "deltas": {"size": {"m": 50}, "color": {"blue": -100}},
            }
        ],
        "weight": {"base_grams": 200, "deltas": {"size": {"m": 10}}},
        "barcodes": {"prefix": "690123"},
    }
    made = await run(staff, product, **body)
    assert made["counts"]["to_create"] == made["counts"]["prices_changed"] == 4
    rows = {row.code: row for row in await session.scalars(select(Sku))}
    assert set(rows) == {"TEE_s.red", "TEE_m.red", "TEE_s.blue", "TEE_m.blue"}
    last = rows["TEE_m.blue"]
    assert (last.name, last.weight_grams, last.option_key) == (
        "Tee in BLUE",
        210,
        "color=blue|size=m",
    )
    price = await session.scalar(select(Price).where(Price.sku_id == last.id))
    assert price.price_minor == 950
    assert len({row.barcode for row in rows.values()}) == 4
    assert all(check_digit(row.barcode[:12]) == row.barcode[12] for row in rows.values())

    again = await run(staff, product, **body)
    assert again["counts"] == {
        "to_create": 0,
        "to_update": 0,
        "unchanged": 4,
        "to_deactivate": 0,
        "conflicts": 0,
        "prices_changed": 0,
    }


async def test_a_second_run_changes_what_differs(staff, session, product):
    await run(staff, product)
    found = await run(
        staff,
        product,
        axes=[COLOR, axis("size", "s", "m", "xl")],
        weight={"base_grams": 5},
        deactivate_surplus=True,
    )
    counts = found["counts"]
    assert (counts["to_create"], counts["to_update"], counts["to_deactivate"]) == (2, 4, 2)
    assert found["to_update"][0]["changes"] == {"weight_grams": [0, 5]}
    found = await session.execute(select(Sku.code, Sku.status).order_by(Sku.code))
    assert [code for code, status in found if status == "inactive"] == [
        "TEE-blue-l",
        "TEE-red-l",
    ]
    await session.refresh(product)
    sizes = [value["code"] for value in product.options[1]["values"]]
    assert sizes == ["s", "m", "xl", "l"]


async def test_a_conflict_refuses_the_whole_run(staff, session, product):
    taken = await make_sku(session, code="TEE-red-s")
    await session.commit()
    preview = await run(staff, product, dry_run=True)
    assert preview["conflicts"] == [
        {
            "code": "TEE-red-s",
            "options": {"color": "red", "size": "s"},
            "reasons": ["code-taken"],
        }
    ]
    refused = await staff.post(path(product), json={"axes": [COLOR, SIZE]})
    assert refused.json()["type"] == "/problems/sku-conflicts"
    assert await session.scalar(select(func.count()).where(Sku.id != taken.id)) == 0


async def test_codes_must_tell_skus_apart(staff, product):
    found = await run(staff, product, code_template="{spu}-{size}", dry_run=True)
    assert found["counts"]["conflicts"] == 6
    assert found["conflicts"][0]["reasons"] == ["code-twice"]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"code_template": "{sku}"}, "invalid-template"),
        ({"code_template": "{spu.__class__}"}, "invalid-template"),
        ({"code_template": "{spu"}, "invalid-template"),
        ({"include": [{"shape": ["round"]}]}, "invalid-options"),
        ({"exclude": [{"size": ["xxl"]}]}, "invalid-options"),
        ({"weight": {"deltas": {"size": {"xxl": 1}}}}, "invalid-options"),
        ({"axes": [COLOR, COLOR]}, "invalid-options"),
        ({"axes": []}, "invalid-options"),
    ],
)
async def test_what_cannot_be_generated_is_refused(staff, product, body, slug):
    response = await staff.post(path(product), json={"axes": [COLOR, SIZE]} | body)
    assert (response.status_code, response.json()["type"]) == (422, f"/problems/{slug}")


async def test_five_thousand_skus_take_few_statements(staff, session, engine, product):
    prices = await make_price_list(session)
    await session.commit()
    numbers = [str(n) for n in range(50)]
    axes = [axis("a", *numbers), axis("b", *numbers), axis("c", "x", "y")]
    rule = {"price_list_id": str(prices.id), "base_minor": 100, "deltas": {"a": {"7": 5}}}
    with Statements(engine) as sent:
        made = await run(staff, product, axes=axes, prices=[rule])
    assert made["counts"]["to_create"] == made["counts"]["prices_changed"] == 5_000
    assert sent.count <= 20
    again = await run(staff, product, axes=axes, prices=[rule])
    assert again["counts"]["unchanged"] == 5_000


async def test_generating_needs_the_scope_to_write(client, session, product):
    reader = await make_staff(session, scopes=[Scope.CATALOG_READ])
    headers = await bearer(session, reader)
    await session.commit()
    response = await client.post(path(product), json={}, headers=headers)
    assert response.status_code == 403
