"""Staff keep the catalog: versions, the tree, the life cycle, attributes, tags and media."""

import pytest
from sqlalchemy import select

from app.models.catalog import Category
from app.models.system import Operation
from app.services import catalog
from tests.factories.catalog import make_category, make_sku, make_spu, make_tag
from tests.integration.catalog.conftest import match

ADMIN = "/api/v1/admin"


async def started(staff, session, **fields) -> tuple[str, str]:
    """A draft through the door; its address and ETag."""
    category = await make_category(session)
    await session.commit()
    body = {"code": "TEE", "name": "T-Shirt", "category_id": str(category.id)} | fields
    response = await staff.post(f"{ADMIN}/products", json=body)
    assert response.status_code == 201, response.text
    return f"{ADMIN}/products/{response.json()['id']}", response.headers["etag"]


async def test_a_brand_is_edited_by_version(staff, session):
    made = await staff.post(f"{ADMIN}/brands", json={"name": "Acme", "slug": "acme"})
    path = f"{ADMIN}/brands/{made.json()['id']}"
    assert (await staff.patch(path, json={"name": "A"})).status_code == 428
    stale = {"If-Match": '"9"'}
    assert (await staff.patch(path, json={"name": "A"}, headers=stale)).status_code == 412
    edited = await staff.patch(path, json={"name": "Acme Ltd"}, headers=match(made))
    assert (edited.json()["name"], edited.headers["etag"]) == ("Acme Ltd", '"2"')
    twin = await staff.post(f"{ADMIN}/brands", json={"name": "Other", "slug": "acme"})
    assert (twin.status_code, twin.json()["field"]) == (409, "slug")
    log = await session.scalar(select(Operation).where(Operation.action == "catalog.edit"))
    assert log.changes == {"name": ["Acme", "Acme Ltd"]}
    assert (await staff.delete(path, headers=match(edited))).status_code == 204


async def test_null_and_unknown_fields_are_refused(staff):
    made = await staff.post(f"{ADMIN}/brands", json={"name": "Acme", "slug": "acme"})
    path = f"{ADMIN}/brands/{made.json()['id']}"
    for body in ({"name": None}, {"version": 7}, {"id": made.json()["id"]}):
        assert (await staff.patch(path, json=body, headers=match(made))).status_code == 422


async def test_moving_a_branch_takes_all_below_it_along(staff, session):
    old, new = await make_category(session), await make_category(session)
    branch = await make_category(session, parent=old)
    twig = await make_category(session, parent=branch)
    leaf = await make_category(session, parent=twig)
    await session.commit()
    path = f"{ADMIN}/categories/{branch.id}"
    seen = await staff.get(path)
    moved = await staff.post(f"{path}/move", json={"parent_id": str(new.id)}, headers=match(seen))
    assert moved.json()["ancestor_ids"] == [str(new.id)]
    await session.refresh(leaf)
    assert leaf.ancestor_ids == [new.id, branch.id, twig.id]
    below = await staff.post(f"{path}/move", json={"parent_id": str(leaf.id)}, headers=match(moved))
    assert below.json()["type"] == "/problems/category-cycle"
    itself = await staff.post(
        f"{path}/move", json={"parent_id": str(branch.id)}, headers=match(moved)
    )
    assert itself.status_code == 409
    root = await staff.post(f"{path}/move", json={"parent_id": None}, headers=match(moved))
    assert root.json()["ancestor_ids"] == []
    await session.refresh(leaf)
    assert leaf.ancestor_ids == [branch.id, twig.id]


async def test_only_an_empty_category_is_deleted(staff, session):
    root = await make_category(session)
    leaf = await make_category(session, parent=root)
    full = await make_category(session)
    await make_spu(session, category_id=full.id)
    await session.commit()
    version = {"If-Match": '"1"'}
    for each, status in ((root, 409), (full, 409), (leaf, 204), (root, 204)):
        response = await staff.delete(f"{ADMIN}/categories/{each.id}", headers=version)
        assert response.status_code == status
    assert await session.scalar(select(Category.id).where(Category.id == root.id)) is None


async def test_a_product_goes_on_sale_through_review(staff, session):
    path, etag = await started(staff, session)
    headers = {"If-Match": etag}
    early = await staff.post(f"{path}/approve", json={}, headers=headers)
    assert early.json()["possible_actions"] == ["archive", "submit"]
    submitted = await staff.post(f"{path}/submit", json={}, headers=headers)
    empty = await staff.post(f"{path}/approve", json={}, headers=match(submitted))
    assert empty.json()["type"] == "/problems/product-incomplete"
    sku = await staff.post(f"{path}/skus", json={"code": "TEE-1", "weight_grams": 200})
    assert sku.status_code == 201
    approved = await staff.post(f"{path}/approve", json={}, headers=match(submitted))
    assert approved.json()["status"] == "on_sale"
    assert approved.json()["published_at"] is not None
    off = await staff.post(f"{path}/take-off", json={"reason": "recall"}, headers=match(approved))
    assert off.json()["status"] == "off_sale"
    log = await session.scalar(select(Operation).where(Operation.action == "catalog.take-off"))
    assert log.changes == {"reason": "recall", "status": ["on_sale", "off_sale"]}
    gone = await staff.post(f"{path}/archive", json={}, headers=match(off))
    locked = await staff.patch(path, json={"name": "New"}, headers=match(gone))
    assert locked.json()["type"] == "/problems/product-locked"


async def test_a_sku_chooses_one_value_of_every_option(staff, session):
    size = {"code": "size", "name": "Size", "values": [{"code": "m", "name": "M"}]}
    path, _ = await started(staff, session, options=[size])
    for options, status in (({}, 422), ({"size": "xl"}, 422), ({"size": "m", "a": "b"}, 422)):
        body = {"code": "TEE-M", "options": options}
        assert (await staff.post(f"{path}/skus", json=body)).status_code == status
    made = await staff.post(f"{path}/skus", json={"code": "TEE-M", "options": {"size": "m"}})
    assert made.status_code == 201
    for body in ({"code": "TEE-2", "options": {"size": "m"}}, {"code": "TEE-M"}):
        assert (await staff.post(f"{path}/skus", json=body)).status_code in {409, 422}
    sku = f"{ADMIN}/skus/{made.json()['id']}"
    edited = await staff.patch(sku, json={"barcode": "6901234567892"}, headers=match(made))
    off = await staff.post(f"{sku}/deactivate", headers=match(edited))
    assert (off.json()["status"], off.json()["barcode"]) == ("inactive", "6901234567892")


async def test_what_a_sku_costs_to_buy_is_for_staff(staff, session):
    path, _ = await started(staff, session)
    body = {"code": "TEE-1", "cost_minor": 2_500, "cost_currency": "CNY"}
    made = await staff.post(f"{path}/skus", json=body)
    assert (made.json()["cost_minor"], made.json()["cost_currency"]) == (2_500, "CNY")
    sku = f"{ADMIN}/skus/{made.json()['id']}"
    for values in ({"cost_minor": 1}, {"cost_minor": None, "cost_currency": "CNY"}):
        assert (await staff.patch(sku, json=values, headers=match(made))).status_code == 422
    values = {"cost_minor": None, "cost_currency": None}
    edited = await staff.patch(sku, json=values, headers=match(made))
    assert (edited.status_code, edited.json()["cost_minor"]) == (200, None)
    log = await session.scalar(
        select(Operation).where(Operation.action == "catalog.edit").order_by(Operation.seq.desc())
    )
    assert log.changes == {"cost_minor": [2_500, None], "cost_currency": ["CNY", None]}


async def test_attributes_follow_the_attribute_set(staff, session):
    made = await staff.post(f"{ADMIN}/attribute-sets", json={"name": "Shirts"})
    set_path = f"{ADMIN}/attribute-sets/{made.json()['id']}"
    body = {"code": "season", "name": "Season", "kind": "descriptive", "choices": ["summer"]}
    assert (await staff.post(f"{set_path}/attributes", json=body)).status_code == 201
    assert (await staff.post(f"{set_path}/attributes", json=body)).status_code == 409
    path, etag = await started(staff, session, attribute_set_id=made.json()["id"])
    for attributes, status in (({"season": ["winter"]}, 422), ({"season": ["summer"]}, 200)):
        response = await staff.patch(
            path, json={"attributes": attributes}, headers={"If-Match": etag}
        )
        assert response.status_code == status


async def test_tags_are_replaced_as_a_set(staff, session):
    one, two = await make_tag(session), await make_tag(session)
    path, etag = await started(staff, session)
    body = {"tags": [{"tag_id": str(one.id)}, {"tag_id": str(two.id)}]}
    worn = await staff.put(f"{path}/tags", json=body, headers={"If-Match": etag})
    assert worn.status_code == 200
    unknown = {"tags": [{"tag_id": "00000000-0000-7000-8000-000000000000"}]}
    refused = await staff.put(f"{path}/tags", json=unknown, headers=match(worn))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://a.test/x", "file:///etc/passwd", "http://u@a.test/", "http://"],
)
async def test_media_are_http_addresses(staff, session, url):
    path, _ = await started(staff, session)
    assert (await staff.post(f"{path}/media", json={"url": url})).status_code == 422


async def test_media_come_and_go(staff, session):
    path, _ = await started(staff, session)
    other = await make_sku(session)
    await session.commit()
    body = {"url": "https://img.test/a.jpg"}
    made = await staff.post(f"{path}/media", json=body)
    assert made.status_code == 201
    foreign = await staff.post(f"{path}/media", json=body | {"sku_id": str(other.id)})
    assert foreign.status_code == 422
    assert (await staff.delete(f"{path}/media/{made.json()['id']}")).status_code == 204
    assert (await staff.get(f"{path}/media")).json() == {"items": []}


async def test_what_the_service_shows_itself_follows_where_it_is(staff, session):
    """Whatever the host was; what only looks like it stays."""
    path, _ = await started(staff, session)
    was, now = "http://127.0.0.1:8000", "https://shop.test"
    moved = ["/sandbox/pictures/tee-red.svg", "/sandbox/pictures/tee-ink.svg"]
    still = [
        f"{now}/sandbox/pictures/tee-sand.svg",
        f"{was}/a/sandbox/pictures/tee-red.svg",
        f"{was}/sandbox/pictures/more/tee-red.svg",
        f"{was}/?of=/sandbox/pictures/tee-red.svg",
    ]
    for url in (*(was + each for each in moved), *still):
        assert (await staff.post(f"{path}/media", json={"url": url})).status_code == 201
    await catalog.move_media(session, f"{now}/sandbox/pictures")
    found = (await staff.get(f"{path}/media")).json()["items"]
    assert [each["url"] for each in found] == [*(now + each for each in moved), *still]


async def test_lists_filter_and_page(staff, session):
    category = await make_category(session)
    rows = [await make_spu(session, category_id=category.id, name=f"100%_{i}") for i in range(3)]
    await session.commit()
    params = {"category_id": str(category.id), "q": "%_", "limit": 2}
    first = (await staff.get(f"{ADMIN}/products", params=params)).json()
    second = (
        await staff.get(f"{ADMIN}/products", params=params | {"after": first["next_after"]})
    ).json()
    found = [item["id"] for item in first["items"] + second["items"]]
    assert found == [str(row.id) for row in reversed(rows)]
    assert second["next_after"] is None
    nothing = await staff.get(f"{ADMIN}/products", params=params | {"q": "1%0"})
    assert nothing.json()["items"] == []


async def test_one_channel_is_the_default(staff, session):
    body = {
        "code": "pos",
        "name": "Till",
        "kind": "point_of_sale",
        "currency": "CNY",
        "country": "CN",
        "tax_mode": "inclusive",
    }
    made = [
        await staff.post(f"{ADMIN}/channels", json=body | {"code": code})
        for code in ("pos", "kiosk")
    ]
    for each in made:
        path = f"{ADMIN}/channels/{each.json()['id']}"
        chosen = await staff.post(f"{path}/make-default", headers=match(each))
        assert chosen.json()["is_default"] is True
    listed = (await staff.get(f"{ADMIN}/channels")).json()["items"]
    assert [each["code"] for each in listed if each["is_default"]] == ["kiosk"]
    path = f"{ADMIN}/channels/{made[1].json()['id']}/tax-rates"
    rates = {"rates": {"standard": 1_300, "books": 900}}
    put = await staff.put(path, json=rates, headers=match(chosen))
    assert put.json() == (await staff.get(path)).json() == rates
