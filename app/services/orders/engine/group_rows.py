"""Rows of a sheet of recipients: what each says, and in which cell something is wrong. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from app.core.contacts import InvalidContact, phone_of
from app.core.errors import DomainError
from app.core.money import parse_minor
from app.core.regions import UnknownRegion, with_region
from app.core.sheets import SheetRow, letter

COLUMNS: Final[Mapping[str, str]] = {
    "recipient": "收货人",
    "phone": "手机号",
    "province": "省",
    "city": "市",
    "district": "区县",
    "street": "详细地址",
    "postal_code": "邮编",
    "goods": "商品",
    "note": "备注",
}
"""Columns by name, with the title a template gives them; a sheet may use either."""
NEEDED: Final = ("recipient", "phone", "province", "city", "street", "goods")
MOST_GOODS: Final = 20
MOST_PIECES: Final = 9_999
_LONGEST: Final[Mapping[str, int]] = {"street": 500, "note": 500, "postal_code": 16, "goods": 2_000}
_ITEM = re.compile(
    r"\s*(?P<sku>[A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*(?:[*x×]\s*(?P<n>\d{1,5}))?\s*"
    r"(?:[@＠]\s*(?P<price>[0-9.]{1,20})\s*)?"
)
_NAMES = {title: name for name, title in COLUMNS.items()} | {name: name for name in COLUMNS}


class ColumnsMissing(DomainError):
    """`missing` are names of columns the first row has to have."""

    slug, title, title_zh = "columns-missing", "Columns are missing", "缺少必要的列"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Recipient:
    """A row by its number in the sheet; `cells` says which cell a column is in."""

    position: int
    content: Mapping[str, Any]
    faults: tuple[Mapping[str, str], ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)

    @property
    def skus(self) -> set[str]:
        return {each["sku"] for each in self.content["goods"]}

    @property
    def prices(self) -> dict[str, int]:
        """What pieces cost in this row, by code, where it says so."""
        goods = self.content["goods"]
        return {each["sku"]: each["price_minor"] for each in goods if "price_minor" in each}

    def at_fault(self, column: str, code: str, reason: str) -> "Recipient":
        return replace(self, faults=(*self.faults, _fault(self.cells, column, code, reason)))


def recipients(rows: Iterator[SheetRow], currency: str = "CNY") -> Iterator[Recipient]:
    """What follows the row of titles, prices in units of `currency`. Raises `ColumnsMissing`."""
    head = next(rows, SheetRow(1, ()))
    names = [_NAMES.get(each.strip().lower()) for each in head.cells]
    if missing := [name for name in NEEDED if name not in names]:
        raise ColumnsMissing("Take the template", missing=missing)
    for row in rows:
        cells = {name: f"{letter(i)}{row.number}" for i, name in enumerate(names) if name}
        said = {
            name: row.cells[i].strip() if i < len(row.cells) else ""
            for i, name in enumerate(names)
            if name
        }
        formulas = [names[i] for i in row.formulas if i < len(names)]
        yield judged(row.number, said, cells, [each for each in formulas if each], currency)


def judged(
    position: int,
    said: Mapping[str, str],
    cells: Mapping[str, str] | None = None,
    formulas: Iterable[str] = (),
    currency: str = "CNY",
) -> Recipient:
    """A row with everything that is wrong with it, each by its cell."""
    cells = cells or {}
    faults: list[Mapping[str, str]] = [
        _fault(cells, name, "formula", "Write what it comes to, not a formula") for name in formulas
    ]
    faults += [
        _fault(cells, name, "missing", "Nothing is there") for name in NEEDED if not said.get(name)
    ]
    for name, value in said.items():
        if len(value) > _LONGEST.get(name, 200) or "\x00" in value:
            faults.append(_fault(cells, name, "too-long", "That is too much"))
    goods, wrong = _goods(said.get("goods", ""), currency)
    faults += [_fault(cells, "goods", "unreadable", each) for each in wrong]
    address: dict[str, Any] = {
        name: said.get(name) or None
        for name in ("recipient", "phone", "province", "city", "district", "street", "postal_code")
    }
    address["country"] = "CN"
    if not faults:
        address, faults = _placed(address, cells)
    content = {"address": address, "goods": goods, "note": said.get("note") or None}
    return Recipient(position, content, tuple(faults), cells)


def _placed(
    address: dict[str, Any], cells: Mapping[str, str]
) -> tuple[dict[str, Any], list[Mapping[str, str]]]:
    faults: list[Mapping[str, str]] = []
    try:
        address = address | {"phone": phone_of(address["phone"])}
    except InvalidContact as error:
        faults.append(_fault(cells, "phone", error.slug, error.detail))
    try:
        address = with_region(address)
    except UnknownRegion as error:
        faults.append(_fault(cells, str(error.context["field"]), error.slug, error.detail))
    return address, faults


def _goods(said: str, currency: str) -> tuple[list[dict[str, Any]], list[str]]:
    """`TEE-black-m*2; CAP-red@75.50` as codes, pieces, and prices where they are said."""
    found: dict[str, int] = {}
    prices: dict[str, set[int | None]] = {}
    wrong: list[str] = []
    for part in filter(str.strip, re.split(r"[;；\n]", said)):
        item = _ITEM.fullmatch(part)
        if item is None:
            wrong.append(f"{part.strip()[:64]!r} is no code with a number of pieces")
            continue
        found[item["sku"]] = found.get(item["sku"], 0) + int(item["n"] or 1)
        try:
            price = None if item["price"] is None else parse_minor(item["price"], currency)
        except ValueError as error:
            wrong.append(str(error))
            continue
        prices.setdefault(item["sku"], set()).add(price)
    if said and not found and not wrong:
        wrong.append("No code is there")
    if len(found) > MOST_GOODS or any(not 0 < each <= MOST_PIECES for each in found.values()):
        wrong.append(f"At most {MOST_GOODS} goods and {MOST_PIECES} pieces of each")
    wrong += [f"{sku} has several prices" for sku, named in prices.items() if len(named) > 1]
    if wrong:
        return [{"sku": sku, "quantity": count} for sku, count in found.items()], wrong
    goods: list[dict[str, Any]] = []
    for sku, count in found.items():
        (price,) = prices[sku]
        said_price = {} if price is None else {"price_minor": price}
        goods.append({"sku": sku, "quantity": count, **said_price})
    return goods, []


def _fault(cells: Mapping[str, str], column: str, code: str, reason: str) -> dict[str, str]:
    return {"column": column, "cell": cells.get(column, ""), "code": code, "reason": reason}
