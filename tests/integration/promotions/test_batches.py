"""Batches of codes: made, shown once, redeemed once; frozen and voided."""

import csv
import io
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.errors import AlreadyExists, InvalidReference, NotFound
from app.repositories.promotions import BatchRepository
from app.services import promotions
from app.services.promotions import InvalidPromotion
from app.services.promotions.codes import series_code
from tests.factories.members import actor_of as member_of
from tests.factories.members import bearer, make_member
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import PEPPER, batch_of, held, make_batch
from tests.integration.promotions.buying import quote_for, reserve
from tests.integration.promotions.test_api import marketer

BATCHES = "/api/v1/admin/coupon-batches"
MINE = "/api/v1/me/coupons"


async def codes_of(session, batch):
    await session.refresh(batch)
    return [series_code(PEPPER, batch.salt, each) for each in range(batch.total)]


async def made(session, sessions, **terms):
    shop, promotion, batch = await make_batch(session, "codes", **{"total": 3, **terms})
    await session.commit()
    await promotions.work_on_batches(sessions, PEPPER)
    return shop, promotion, batch, await codes_of(session, batch)


async def test_a_batch_over_http(client, session, sessions):
    shop = await make_shop(session)
    headers = await marketer(session)
    draft = {
        "code": "spring",
        "merchant_id": str(shop.merchant.id),
        "name": "Spring",
        "stage": "coupon",
        "currency": "CNY",
        "needs_coupon": True,
        "action": {"type": "amount_off", "amount_minor": 500},
    }
    promotion = (await client.post("/api/v1/admin/promotions", json=draft, headers=headers)).json()
    body = {
        "promotion_id": promotion["id"],
        "kind": "codes",
        "name": "Flyers",
        "tag": "flyer-07",
        "total": 2,
    }
    once = headers | {"Idempotency-Key": "batch-1"}
    opened = await client.post(BATCHES, json=body, headers=once)
    assert (opened.status_code, opened.json()["state"]) == (201, "making")
    assert (await client.post(BATCHES, json=body, headers=once)).json() == opened.json()
    url = f"{BATCHES}/{opened.json()['id']}"
    early = await client.post(f"{url}/export", headers=headers)
    assert (early.status_code, early.json()["state"]) == (409, "making")
    assert await promotions.work_on_batches(sessions, PEPPER) == 1
    shown = await client.get(url, headers=headers)
    assert (shown.json()["state"], shown.json()["made"]) == ("made", 2)
    exported = await client.post(f"{url}/export", headers=headers)
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert exported.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [(row["number"], row["tag"]) for row in rows] == [("1", "flyer-07"), ("2", "flyer-07")]
    again = await client.post(f"{url}/export", headers=headers)
    assert (again.status_code, again.json()["state"]) == (409, "exported")
    put = {"name": "Posters", "total": 2, "tag": "poster"}
    version = (await client.get(url, headers=headers)).headers["etag"]
    edited = await client.put(url, json=put, headers=headers | {"If-Match": version})
    assert (edited.json()["tag"], edited.json()["name"]) == ("poster", "Posters")
    stale = await client.put(url, json=put, headers=headers | {"If-Match": version})
    assert stale.status_code == 412
    listed = (await client.get(f"{BATCHES}?kind=codes&state=exported", headers=headers)).json()
    assert [each["id"] for each in listed["items"]] == [opened.json()["id"]]
    kept = await session.scalar(text("SELECT string_agg(changes::text, '') FROM operation_log"))
    stored = await session.scalar(text("SELECT string_agg(code_hash::text, '') FROM coupon_codes"))
    for row in rows:
        assert row["code"] not in kept
        assert row["code"].encode().hex() not in stored


async def test_a_code_gives_one_coupon_to_one_member(client, session, sessions):
    shop, _, batch, codes = await made(session, sessions, valid_days=3)
    mine = await bearer(session, shop.member)
    theirs = await bearer(session, await make_member(session))
    typed = f"{codes[0][:4].lower()}-{codes[0][4:]}"
    got = await client.post(MINE, json={"code": typed}, headers=mine)
    assert got.status_code == 200
    assert got.json()["code"] != codes[0]
    assert (await client.post(MINE, json={"code": typed}, headers=mine)).json() == got.json()
    refused = [
        await client.post(MINE, json={"code": each}, headers=theirs)
        for each in (codes[0], "0" * 16, codes[0][:-1])
    ]
    answers = [
        {name: value for name, value in each.json().items() if name != "request_id"}
        for each in refused
    ]
    assert [each.status_code for each in refused] == [404] * 3
    assert answers[0] == answers[1] == answers[2]
    limit = await client.post(MINE, json={"code": codes[1]}, headers=mine)
    assert limit.json()["type"] == "/problems/coupon-limit-reached"
    assert (await client.post(MINE, json={"code": codes[1]}, headers=theirs)).status_code == 200
    assert len(await held(session, batch.id)) == 2


async def test_codes_are_made_in_chunks_and_never_twice(fresh_engine, monkeypatch):
    monkeypatch.setattr(promotions.giving, "CHUNK", 4)
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        _, _, batch = await make_batch(session, "codes", total=10)
    async with sessions() as cut_short:
        row = await BatchRepository(cut_short).next_making()
        await promotions.giving._make_codes(cut_short, row, PEPPER)
        await cut_short.rollback()
    assert await promotions.work_on_batches(sessions, PEPPER) == 3
    assert await promotions.work_on_batches(sessions, PEPPER) == 0
    async with sessions() as session:
        count = await session.scalar(text("SELECT count(DISTINCT code_hash) FROM coupon_codes"))
        row, _ = await promotions.get_batch(session, batch.id)
    assert (count, row.made, row.state) == (10, 10, "made")


async def test_an_export_that_broke_off_may_be_repeated_and_a_whole_one_not(session, sessions):
    _, _, batch, codes = await made(session, sessions)
    staff = member_of(await make_member(session))
    export = await promotions.begin_export(session, batch.id, actor=staff, pepper=PEPPER)
    with pytest.raises(promotions.ExportRunning):
        await promotions.begin_export(session, batch.id, actor=staff, pepper=PEPPER)
    await session.execute(text("UPDATE coupon_batches SET exporting_until = now()"))
    export = await promotions.begin_export(session, batch.id, actor=staff, pepper=PEPPER)
    lines = b"".join(export.blocks(PEPPER)).decode().split("\r\n")
    assert [line.split(",")[1] for line in lines[1:-1]] == codes
    await promotions.finish_export(session, batch.id)
    row, _ = await promotions.get_batch(session, batch.id)
    assert (row.state, row.salt) == ("exported", None)
    with pytest.raises(promotions.IllegalBatchState):
        await promotions.begin_export(session, batch.id, actor=staff, pepper=PEPPER)


async def test_codes_made_with_another_secret_are_not_shown(session, sessions):
    _, _, batch, _ = await made(session, sessions)
    staff = member_of(await make_member(session))
    with pytest.raises(promotions.IllegalBatchState, match="secret has changed"):
        await promotions.begin_export(
            session, batch.id, actor=staff, pepper=SecretStr("another" * 6)
        )


async def test_a_frozen_batch_gives_nothing_and_goes_on(session, sessions):
    shop, _, batch, codes = await made(session, sessions)
    actor = member_of(shop.member)
    staff = member_of(await make_member(session))
    for _ in range(2):
        row = await promotions.freeze_batch(session, batch.id, is_frozen=True, actor=staff)
    assert (row.state, row.version) == ("frozen", 3)
    with pytest.raises(NotFound):
        await promotions.claim_coupon(session, codes[0], actor=actor, pepper=PEPPER)
    row = await promotions.freeze_batch(session, batch.id, is_frozen=False, actor=staff)
    assert row.state == "made"
    await promotions.claim_coupon(session, codes[0], actor=actor, pepper=PEPPER)


async def test_a_void_batch_ends_its_codes_and_what_no_order_holds(client, session, sessions):
    shop, _, batch, codes = await made(session, sessions, per_member=2)
    actor = member_of(shop.member)
    first = await promotions.claim_coupon(session, codes[0], actor=actor, pepper=PEPPER)
    await promotions.claim_coupon(session, codes[1], actor=actor, pepper=PEPPER)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(first.code,))
    order_id = uuid4()
    await reserve(session, quoted, order_id, shop.member.id)
    headers = await marketer(session)
    url = f"{BATCHES}/{batch.id}"
    for _ in range(2):
        voided = await client.post(f"{url}/void", json={"reason": "leaked"}, headers=headers)
    assert voided.json()["state"] == "voided"
    assert sorted(state for _, state in await held(session, batch.id)) == ["reserved", "void"]
    with pytest.raises(NotFound):
        await promotions.claim_coupon(session, codes[2], actor=actor, pepper=PEPPER)
    await promotions.release_uses(session, order_id, was_paid=False)
    assert await promotions.void_left(session, limit=10) == 1
    shown = (await client.get(url, headers=headers)).json()["coupons"]
    assert (shown["void"], shown["available"], shown["issued"]) == (2, 0, 2)
    thawed = await client.post(f"{url}/thaw", headers=headers)
    assert (thawed.status_code, thawed.json()["state"]) == (409, "voided")


@pytest.mark.parametrize(
    ("kind", "terms", "pointers"),
    [
        ("codes", {}, ["/total"]),
        ("claim", {"public_code": "SPRING"}, ["/public_code"]),
        ("public_code", {}, ["/public_code"]),
        ("public_code", {"public_code": "A-B"}, ["/public_code"]),
        ("automatic", {}, ["/trigger"]),
        ("automatic", {"trigger": "registered", "min_amount_minor": 1}, ["/min_amount_minor"]),
        ("targeted", {"per_member": 2}, ["/per_member"]),
        ("claim", {"member_ids": (uuid4(),)}, ["/member_ids"]),
    ],
)
async def test_wishes_for_a_batch_that_make_no_sense(session, kind, terms, pointers):
    with pytest.raises(InvalidPromotion) as refusal:
        await make_batch(session, kind, **terms)
    assert [each["pointer"] for each in refusal.value.context["errors"]] == pointers


async def test_what_a_batch_names_must_be_there(session):
    _, promotion, _ = await make_batch(session, "public_code", public_code="SPRING")
    savepoint = await session.begin_nested()
    with pytest.raises(AlreadyExists):
        await batch_of(session, promotion, "public_code", public_code="spring")
    await savepoint.rollback()
    with pytest.raises(InvalidReference):
        await batch_of(session, promotion, "targeted", member_ids=(uuid4(),))


async def test_a_total_is_never_less_than_what_was_given(session):
    shop, _, batch = await make_batch(session, total=5)
    await promotions.claim_offer(session, batch.id, actor=member_of(shop.member))
    for terms, fault in (({"total": None}, "lifted"), ({"total": 0}, "the 1 given")):
        with pytest.raises(InvalidPromotion, match="errors point") as refusal:
            await promotions.edit_batch(
                session,
                batch.id,
                promotions.BatchTerms(name="Spring", **terms),
                version=1,
                actor=member_of(shop.member),
            )
        assert fault in refusal.value.context["errors"][0]["message"]
