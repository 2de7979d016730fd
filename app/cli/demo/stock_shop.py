"""Filling the demo shop through the API, as staff and as the shopper would."""

from typing import Any

import httpx

from app.cli.demo.assortment import GOODS
from app.cli.demo.goods import (
    ATTRIBUTE_SETS,
    BRANDS,
    CATEGORIES,
    OWNER,
    PASSWORD,
    SHOPPER,
    Goods,
)
from app.cli.demo.terms import (
    CURRENCY,
    EXPRESS,
    GIVEN,
    METHODS,
    OFFERED,
    OFFERS,
    PICKED,
    PROMOTIONS,
)

UNITS = 200
ADDRESS = {
    "recipient": "王小明",
    "phone": "+8613800138000",
    "country": "CN",
    "province": "上海市",
    "city": "上海市",
    "district": "徐汇区",
    "street": "漕溪北路88号",
    "is_default": True,
}


class Shopkeeper:
    """Calls the API and expects to be understood: any refusal ends the loading."""

    def __init__(self, client: httpx.AsyncClient, platform_id: str, *, pictures: str) -> None:
        """`pictures` is the address below which the pictures of goods are."""
        self._client = client
        self._pictures = pictures
        self._merchants = {"platform": platform_id}
        self._warehouses: dict[str, str] = {}
        self._categories: dict[str, str] = {}
        self._brands: dict[str, str] = {}
        self._sorts: dict[str, str] = {}
        self._picked = ""

    async def open_shop(self, member_id: str) -> None:
        """Set up all a shopper sees, and give the member of this id something to pay with."""
        await self._sign_in("/api/v1/admin/auth/login", OWNER, "email")
        await self._open_merchants()
        for slug, name, parent in CATEGORIES:
            body = {"slug": slug, "name": name, "parent_id": self._categories.get(parent or "")}
            self._categories[slug] = (await self._post("/admin/categories", body))["id"]
        for slug, name in BRANDS:
            body = {"slug": slug, "name": name}
            self._brands[slug] = (await self._post("/admin/brands", body))["id"]
        await self._describe()
        self._picked = (await self._post("/admin/tags", PICKED))["id"]
        prices = await self._post(
            "/admin/price-lists",
            {"code": "list", "name": "零售价", "kind": "list", "currency": CURRENCY},
        )
        for goods in GOODS:
            await self._sell(goods, prices["id"])
        promotions = {terms["code"]: await self._promote(terms) for terms in PROMOTIONS}
        for offer in OFFERS:
            await self._post("/admin/coupon-batches", offer | {"promotion_id": promotions[OFFERED]})
        await self._post(
            "/admin/freight-templates", EXPRESS | {"merchant_id": self._merchants["platform"]}
        )
        await self._give(member_id, promotions[GIVEN])

    async def take_money(self) -> None:
        """Let shoppers choose how they know to pay; the sandbox takes it all."""
        await self._sign_in("/api/v1/admin/auth/login", OWNER, "email")
        for method in METHODS:
            await self._post("/admin/payment-routes", {"method": method, "account": "sandbox"})

    async def _open_merchants(self) -> None:
        body = {"code": "chenguang", "name": "晨光里茶行"}
        self._merchants["chenguang"] = (await self._post("/admin/merchants", body))["id"]
        for merchant, code, name in (
            ("platform", "SHANGHAI", "上海仓"),
            ("chenguang", "ANXI", "安溪仓"),
        ):
            warehouse = await self._post(
                "/admin/warehouses",
                {
                    "code": code,
                    "name": name,
                    "country": "CN",
                    "merchant_id": self._merchants[merchant],
                },
            )
            self._warehouses[merchant] = warehouse["id"]

    async def _describe(self) -> None:
        for code, (name, attributes) in ATTRIBUTE_SETS.items():
            made = await self._post("/admin/attribute-sets", {"name": name})
            self._sorts[code] = made["id"]
            for position, (attribute, called, unit) in enumerate(attributes):
                await self._post(
                    f"/admin/attribute-sets/{made['id']}/attributes",
                    {
                        "code": attribute,
                        "name": called,
                        "unit": unit,
                        "kind": "descriptive",
                        "is_filterable": True,
                        "position": position,
                    },
                )

    async def _sell(self, goods: Goods, price_list_id: str) -> None:
        product = await self._post(
            "/admin/products",
            {
                "code": goods.code,
                "slug": goods.code.lower(),
                "name": goods.name,
                "subtitle": goods.subtitle,
                "category_id": self._categories[goods.category],
                "brand_id": self._brands[goods.brand],
                "merchant_id": self._merchants[goods.merchant],
                "options": goods.axes,
                "description": goods.description,
                "keywords": goods.keywords,
                "attribute_set_id": self._sorts[goods.sort],
                "attributes": goods.attributes,
            },
        )
        path = f"/admin/products/{product['id']}"
        make = self._generate if goods.options else self._make_one
        skus = await make(goods, path, price_list_id)
        rows = [
            {"sku_id": sku["id"], "quantity": pieces}
            for sku in skus
            if (pieces := goods.pieces(sku["code"], UNITS))
        ]
        await self._show(goods, path, skus)
        await self._post(
            "/admin/stock/receipts",
            {
                "warehouse_id": self._warehouses[goods.merchant],
                "document": f"opening-{goods.code}",
                "rows": rows,
            },
        )
        for action in ("submit", "approve"):
            current = await self._get(path)
            await self._post(
                f"{path}/{action}", {}, expected=200, if_match=f'"{current["version"]}"'
            )

    async def _show(self, goods: Goods, path: str, skus: list[dict[str, Any]]) -> None:
        """A picture of the product, and of each of its SKUs that has a colour."""
        shape, color = goods.picture
        shown = [(sku["id"], sku["options"]["color"]) for sku in skus if not color]
        first = color or shown[0][1]
        for position, (sku_id, tint) in enumerate([(None, first), *shown]):
            body = {
                "url": f"{self._pictures}/{shape}-{tint}.svg",
                "sku_id": sku_id,
                "alt": goods.name,
                "position": position,
            }
            await self._post(f"{path}/media", body)
        if goods.is_picked:
            current = await self._get(path)
            version = f'"{current["version"]}"'
            await self._put(f"{path}/tags", {"tags": [{"tag_id": self._picked}]}, version)

    async def _generate(self, goods: Goods, path: str, price_list_id: str) -> list[dict[str, Any]]:
        """A SKU, with its price, for every combination of options."""
        made = await self._post(
            f"{path}/skus/generate",
            {
                "code_template": "-".join(["{spu}", *(f"{{{axis}}}" for axis in goods.options)]),
                "exclude": goods.exclude,
                "weight": {"base_grams": goods.weight_grams},
                "prices": [
                    {
                        "price_list_id": price_list_id,
                        "base_minor": goods.price_minor,
                        "deltas": goods.deltas,
                    }
                ],
                "all_rows": True,
            },
            expected=200,
        )
        skus: list[dict[str, Any]] = made["to_create"]
        return skus

    async def _make_one(self, goods: Goods, path: str, price_list_id: str) -> list[dict[str, Any]]:
        sku = await self._post(
            f"{path}/skus", {"code": goods.code, "weight_grams": goods.weight_grams}
        )
        price = {"sku_id": sku["id"], "price_minor": goods.price_minor}
        await self._put(f"/admin/price-lists/{price_list_id}/prices", {"prices": [price]})
        return [sku]

    async def _promote(self, terms: dict[str, Any]) -> str:
        """Draft, approve and start a promotion, and return its id."""
        scope = terms.get("scope", {})
        if "categories" in scope:
            scope = {"categories": [self._categories[slug] for slug in scope["categories"]]}
        promotion = await self._post(
            "/admin/promotions",
            terms
            | {"scope": scope, "currency": CURRENCY, "merchant_id": self._merchants["platform"]},
        )
        path = f"/admin/promotions/{promotion['id']}"
        for action in ("approve", "activate"):
            current = await self._get(path)
            await self._post(
                f"{path}/{action}", None, expected=200, if_match=f'"{current["version"]}"'
            )
        return str(promotion["id"])

    async def _give(self, member_id: str, coupon_promotion: str) -> None:
        """A coupon, a gift card, points and balance for the demo shopper, and an address."""
        await self._post(
            "/admin/coupons", {"promotion_id": coupon_promotion, "member_ids": [member_id]}
        )
        issued = await self._post(
            "/admin/gift-cards",
            {"batch": "demo", "count": 1, "currency": CURRENCY, "face_minor": 10_000},
        )
        await self._post(
            "/admin/gift-cards/activate", {"batch": "demo", "funding": "given"}, expected=200
        )
        await self._post(
            "/admin/points/grants",
            {
                "member_id": member_id,
                "quantity": 5_000,
                "source": "demo:welcome",
                "currency": CURRENCY,
            },
        )
        await self._post(
            "/admin/balance-adjustments",
            {
                "member_id": member_id,
                "currency": CURRENCY,
                "amount_minor": 5_000,
                "kind": "goodwill",
                "reason": "Welcome to the demo",
            },
        )
        await self._sign_in("/api/v1/auth/login", SHOPPER, "login")
        await self._post("/me/gift-cards", {"code": issued["cards"][0]["code"]}, expected=None)
        await self._post("/me/addresses", ADDRESS)

    async def _sign_in(self, path: str, who: str, field: str) -> None:
        answer = await self._client.post(path, json={field: who, "password": PASSWORD})
        token = _read(answer, 200)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    async def _get(self, path: str) -> Any:
        return _read(await self._client.get(f"/api/v1{path}"), 200)

    async def _put(self, path: str, body: Any, if_match: str | None = None) -> None:
        headers = {"If-Match": if_match} if if_match else {}
        _read(await self._client.put(f"/api/v1{path}", json=body, headers=headers), 200)

    async def _post(
        self, path: str, body: Any, *, expected: int | None = 201, if_match: str | None = None
    ) -> Any:
        headers = {"Idempotency-Key": f"demo-{self._next_key()}"}
        if if_match:
            headers["If-Match"] = if_match
        answer = await self._client.post(f"/api/v1{path}", json=body, headers=headers)
        return _read(answer, expected or answer.status_code)

    _keys = 0

    def _next_key(self) -> int:
        self._keys += 1
        return self._keys


def _read(answer: httpx.Response, expected: int) -> Any:
    if answer.status_code != expected or answer.is_error:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None
