"""A contract that breaks clients of the released one is found, and one that only grows is not."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.contract.released import DOCUMENTS, RELEASED, TOOL, breaking, current

Contract: TypeAlias = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not TOOL.exists(), reason="the tool that compares is not installed: make clients"
)


def shape(contract: Contract, name: str) -> dict[str, Any]:
    found: dict[str, Any] = contract["components"]["schemas"][name]
    return found


def operation(contract: Contract, verb: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = contract["paths"][f"/api/v1/{path}"][verb]
    return found


def without_field(contract: Contract) -> None:
    order = shape(contract, "PlacedOrderOut")
    del order["properties"]["number"]
    order["required"].remove("number")


def with_needed_field(contract: Contract) -> None:
    order = shape(contract, "PlaceOrderIn")
    order["properties"]["reason"] = {"type": "string"}
    order["required"].append("reason")


def with_needed_field_inside(contract: Contract) -> None:
    address = shape(contract, "DeliveryAddressIn")
    address["properties"]["floor"] = {"type": "integer"}
    address["required"].append("floor")


def with_needed_parameter(contract: Contract) -> None:
    needed = {"in": "query", "name": "market", "required": True, "schema": {"type": "string"}}
    operation(contract, "get", "brands").setdefault("parameters", []).append(needed)


def without_parameter(contract: Contract) -> None:
    found = operation(contract, "get", "products")
    found["parameters"] = [each for each in found["parameters"] if each["name"] != "tag"]


def of_another_medium(contract: Contract) -> None:
    answer = operation(contract, "get", "brands")["responses"]["200"]
    answer["content"] = {"text/plain": {"schema": {"type": "string"}}}


def of_another_shape_name(contract: Contract) -> None:
    text = json.dumps(contract).replace("schemas/OrderOut", "schemas/OrderTold")
    contract.clear()
    contract.update(json.loads(text))
    shapes = contract["components"]["schemas"]
    shapes["OrderTold"] = shapes.pop("OrderOut")


def with_null(contract: Contract) -> None:
    shape(contract, "OrderOut")["properties"]["number"] = {"type": ["string", "null"]}


PLANTED: dict[str, tuple[str, Callable[[Contract], object]]] = {
    "path gone": ("api-path-removed", lambda c: c["paths"].pop("/api/v1/brands")),
    "operation gone": (
        "api-removed",
        lambda c: c["paths"]["/api/v1/carts/{cart_id}/coupons"].pop("post"),
    ),
    "operation renamed": (
        "api-operation-id-removed",
        lambda c: operation(c, "get", "brands").update(operationId="x_y"),
    ),
    "token asked for": (
        "api-security-added",
        lambda c: operation(c, "post", "auth/codes").update(security=[{"MemberToken": []}]),
    ),
    "shape renamed": ("api-schema-removed", of_another_shape_name),
    "field gone": ("response-required-property-removed", without_field),
    "field of another type": (
        "response-property-type-changed",
        lambda c: shape(c, "OrderOut")["properties"].update(number={"type": "integer"}),
    ),
    "field may be null": ("response-property-became-nullable", with_null),
    "value no longer told": (
        "response-property-enum-value-removed",
        lambda c: shape(c, "PaymentStatus")["enum"].pop(),
    ),
    "medium gone": ("response-media-type-removed", of_another_medium),
    "status gone": (
        "response-success-status-removed",
        lambda c: operation(c, "post", "orders")["responses"].pop("201"),
    ),
    "field needed": ("new-required-request-property", with_needed_field),
    "field needed further inside": ("new-required-request-property", with_needed_field_inside),
    "field no longer taken": (
        "request-property-removed",
        lambda c: shape(c, "PlaceOrderIn")["properties"].pop("note"),
    ),
    "fewer allowed": (
        "request-property-max-decreased",
        lambda c: shape(c, "AddLineIn")["properties"]["quantity"].update(maximum=5),
    ),
    "parameter needed": ("new-required-request-parameter", with_needed_parameter),
    "parameter gone": ("request-parameter-removed", without_parameter),
    "value no longer taken": (
        "request-parameter-enum-value-removed",
        lambda c: shape(c, "OrderTab")["enum"].pop(),
    ),
}


@pytest.fixture
def released() -> Contract:
    found: Contract = json.loads((RELEASED / "storefront.json").read_text())
    return found


def compared(contract: Contract, folder: Path) -> list[str]:
    path = folder / "changed.json"
    path.write_text(json.dumps(contract))
    return breaking(RELEASED / "storefront.json", path)


@pytest.mark.parametrize("planted", PLANTED)
def test_what_breaks_clients_is_found(planted: str, released: Contract, tmp_path: Path) -> None:
    rule, change = PLANTED[planted]
    change(released)
    found = compared(released, tmp_path)
    assert any(f"[{rule}" in line for line in found), found


def test_what_only_adds_is_welcome(released: Contract, tmp_path: Path) -> None:
    paths = released["paths"]
    paths["/api/v1/more"] = copy.deepcopy(paths["/api/v1/brands"])
    paths["/api/v1/more"]["get"]["operationId"] = "catalog_list_more"
    order = shape(released, "OrderOut")
    order["properties"]["colour"] = {"type": "string"}
    order["required"].append("colour")
    shape(released, "PlaceOrderIn")["properties"]["wish"] = {"type": "string"}
    shape(released, "PaymentStatus")["enum"].append("pondered")
    assert compared(released, tmp_path) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_clients_of_the_last_release_still_work(name: str, tmp_path: Path) -> None:
    """Undo the change, or accept it with `make release-contracts` and say so in the commit."""
    now = tmp_path / f"{name}.json"
    now.write_text(json.dumps(current(name)))
    assert breaking(RELEASED / f"{name}.json", now) == []
