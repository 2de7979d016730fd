"""Activities set up from templates, built in and of the shop's own."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.services import promotions
from app.services.promotions import BUILTIN
from app.services.promotions.templates.filling import fill
from app.services.promotions.templates.parameters import schema_faults
from app.services.promotions.templates.pieces import share
from tests.factories.shop import make_shop
from tests.integration.promotions.test_api import PROMOTIONS, marketer

TEMPLATES = "/api/v1/admin/promotion-templates"
SCHEMA = {
    "type": "object",
    "properties": {
        "rate_bps": {"type": "integer", "maximum": 5_000},
        "least_minor": {"type": "integer", "minimum": 1},
    },
    "required": ["rate_bps"],
    "additionalProperties": False,
}
OWN = {
    "code": "members-day",
    "name": "会员日",
    "terms": {
        "stage": "order",
        "priority": 7,
        "condition": {
            "all": [
                {
                    "$when": "least_minor",
                    "then": {"type": "min_amount", "amount_minor": {"$param": "least_minor"}},
                }
            ]
        },
        "action": {"type": "percent_off", "rate_bps": {"$param": "rate_bps"}},
        "stack": {"groups": ["members-day"]},
    },
    "parameters": SCHEMA,
    "example": {"rate_bps": 1_000},
}


def wish(shop, parameters, **values):
    return {
        "code": "spring",
        "merchant_id": str(shop.merchant.id),
        "name": "Spring",
        "currency": "CNY",
        "parameters": parameters,
    } | values


def own(**terms):
    return {name: value for name, value in (OWN | terms).items() if name != "code"}


@pytest.mark.parametrize("template", BUILTIN, ids=lambda each: each.code)
async def test_every_builtin_template_makes_its_example_a_promotion(client, session, template):
    shop = await make_shop(session)
    headers = await marketer(session)
    url = f"{TEMPLATES}/{template.id}"
    made = await client.post(
        f"{url}/instantiate", json=wish(shop, template.example), headers=headers
    )
    assert made.status_code == 201, made.json()
    drafted = made.json()
    assert drafted["status"] == "draft"
    assert drafted["stage"] == template.terms["stage"]
    assert drafted["needs_coupon"] == template.terms.get("needs_coupon", False)
    assert drafted["action"]["type"] == template.terms["action"]["type"]
    empty = await client.post(f"{url}/instantiate", json=wish(shop, {}), headers=headers)
    assert empty.status_code == 422
    assert {each["pointer"] for each in empty.json()["errors"]} == {"/parameters"}
    more = wish(shop, template.example | {"unknown": 1})
    assert (await client.post(f"{url}/instantiate", json=more, headers=headers)).status_code == 422


async def test_what_comes_with_the_shop_is_listed(client, session):
    headers = await marketer(session)
    listed = (await client.get(f"{TEMPLATES}/builtin", headers=headers)).json()["items"]
    assert {"满减", "每满减", "阶梯满减", "满件折", "第N件M折", "买赠", "N件M元", "套餐"} <= {
        each["name"] for each in listed
    }
    assert len(listed) == 17
    assert len({each["id"] for each in listed}) == 17
    one = await client.get(f"{TEMPLATES}/{listed[0]['id']}", headers=headers)
    assert one.json() == listed[0]


async def test_a_template_of_ones_own(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    made = await client.post(TEMPLATES, json=OWN, headers=headers)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    url = f"{TEMPLATES}/{made.json()['id']}"
    drafted = await client.post(
        f"{url}/instantiate",
        json=wish(shop, {"rate_bps": 500, "least_minor": 9_900}, total_uses=5, uses_per_member=1),
        headers=headers,
    )
    assert drafted.json()["action"] == {"type": "percent_off", "rate_bps": 500}
    assert drafted.json()["condition"] == {"all": [{"type": "min_amount", "amount_minor": 9_900}]}
    assert (drafted.json()["priority"], drafted.json()["total_uses"]) == (7, 5)
    bare = wish(shop, {"rate_bps": 500}, code="summer", priority=0)
    plain = (await client.post(f"{url}/instantiate", json=bare, headers=headers)).json()
    assert (plain["condition"], plain["priority"]) == ({"all": []}, 0)
    taken = await client.post(TEMPLATES, json=OWN, headers=headers)
    builtin = await client.post(TEMPLATES, json=OWN | {"code": "gift"}, headers=headers)
    assert (taken.status_code, builtin.status_code) == (409, 409)
    edited = await client.put(url, json=own(is_active=False), headers=headers | {"If-Match": '"1"'})
    assert (edited.json()["is_active"], edited.json()["version"]) == (False, 2)
    stale = await client.put(url, json=own(), headers=headers | {"If-Match": '"1"'})
    assert stale.status_code == 412
    fixed = await client.put(
        f"{TEMPLATES}/{BUILTIN[0].id}", json=own(), headers=headers | {"If-Match": '"1"'}
    )
    assert fixed.status_code == 404
    active = await client.get(f"{TEMPLATES}?is_active=true", headers=headers)
    every = await client.get(TEMPLATES, headers=headers)
    assert (active.json()["items"], len(every.json()["items"])) == ([], 1)
    logged = await session.scalar(
        text("SELECT changes FROM operation_log WHERE action = 'promotions.instantiate_template'")
    )
    assert (logged["template"], logged["version"]) == ("members-day", 1)
    shown = await client.get(f"{PROMOTIONS}/{plain['id']}", headers=headers)
    assert shown.json()["stack"] == {"groups": ["members-day"]}


async def test_what_is_wrong_points_at_the_parameter(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    ladder = next(each for each in BUILTIN if each.code == "ladder-reduction")
    falling = [{"min": 200, "off_minor": 20}, {"min": 300, "off_minor": 10}]
    url = f"{TEMPLATES}/{ladder.id}/instantiate"
    refused = await client.post(url, json=wish(shop, {"tiers": falling}), headers=headers)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/parameters/tiers/1"]
    mistyped = [{"min": "200", "off_minor": 20}]
    refused = await client.post(url, json=wish(shop, {"tiers": mistyped}), headers=headers)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/parameters/tiers/0/min"]
    window = {"starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"}
    refused = await client.post(url, json=wish(shop, ladder.example, **window), headers=headers)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/ends_at"]
    unknown = f"{TEMPLATES}/{uuid4()}/instantiate"
    assert (await client.post(unknown, json=wish(shop, {}), headers=headers)).status_code == 404


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"parameters": {"type": "array"}}, "/parameters/type"),
        ({"parameters": SCHEMA | {"$schema": "http://json-schema.org/draft-07/schema#"}}, None),
        ({"parameters": SCHEMA | {"required": "rate_bps"}}, "/parameters/required"),
        ({"parameters": SCHEMA | {"$ref": "http://127.0.0.1:1/x.json"}}, "/parameters"),
        ({"terms": OWN["terms"] | {"action": {"$param": "nobody"}}}, "/terms"),
        ({"terms": OWN["terms"] | {"status": "running"}}, "/terms/status"),
        ({"terms": {"stage": "order"}}, "/terms/action"),
        ({"terms": OWN["terms"] | {"priority": "high"}}, "/terms/priority"),
        ({"terms": OWN["terms"] | {"stage": "item"}}, "/action/type"),
        ({"example": {}}, "/example"),
        ({"example": {"rate_bps": 0}}, "/example/rate_bps"),
    ],
)
async def test_a_template_that_cannot_work_is_refused(client, session, terms, pointer):
    headers = await marketer(session)
    refused = await client.post(TEMPLATES, json=OWN | terms, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-promotion")
    found = {each["pointer"] for each in refused.json()["errors"]}
    assert (pointer or "/parameters/$schema") in found


async def test_patterns_that_could_run_away_are_refused(client, session):
    """What is linear in the text needs no look at another part of it."""
    headers = await marketer(session)
    for pattern in (r"^(.+)\1$", "(?=(a+)+$)"):
        note = {"note": {"type": "string", "pattern": pattern}}
        schema = SCHEMA | {"properties": SCHEMA["properties"] | note}
        refused = await client.post(TEMPLATES, json=OWN | {"parameters": schema}, headers=headers)
        assert [each["pointer"] for each in refused.json()["errors"]] == [
            "/parameters/properties/note/pattern"
        ]


def test_a_schema_elsewhere_is_never_fetched():
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/x.json"
        assert len([*schema_faults(SCHEMA | {"$ref": address})]) == 1
        server.shutdown()
    assert asked == []


def test_what_is_left_out_and_what_is_filled():
    terms = {
        "a": {"$param": "x"},
        "b": [{"$when": "y", "then": {"c": {"$param": "y"}}}, {"d": {"$param": "x"}}],
    }
    assert fill(terms, {"x": 1}) == (
        {"a": 1, "b": [{"d": 1}]},
        {"/a": "x", "/b/0/d": "x"},
    )
    assert fill(terms, {"y": 2})[0] == {"b": [{"c": 2}, {}]}


async def test_schemas_of_rules_are_there(client, session):
    headers = await marketer(session)
    found = (await client.get("/api/v1/admin/promotion-schemas", headers=headers)).json()
    assert found["dialect"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["actions"]["ladder"]["x-stages"] == ["order", "coupon"]
    assert found["refund"]["properties"]["return_coupon"]["enum"] == [
        "never",
        "on_cancel",
        "on_full_refund",
    ]
    assert promotions.rule_schemas()["rule"] == found["rule"]


def test_no_template_takes_more_off_than_all() -> None:
    shares = [
        each
        for template in BUILTIN
        for each in template.parameters["properties"].values()
        if each.get("x-ui") == {"widget": "percent"}
    ]
    assert shares
    shares.append(share("What staff make"))
    assert {(each["minimum"], each["maximum"]) for each in shares} == {(1, 10_000)}
