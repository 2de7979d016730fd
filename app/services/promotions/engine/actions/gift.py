"""满赠: goods for nothing."""

from dataclasses import dataclass
from typing import ClassVar, Self

from app.services.promotions.engine.actions.base import Kind, Present
from app.services.promotions.engine.actions.bundles import read_pieces
from app.services.promotions.engine.reading import Node


@dataclass(frozen=True, slots=True)
class Gift:
    """One of the presents, by the shopper's choice, else the first of which enough is in stock.

    ```json
    {"type": "gift", "presents": [{"sku_id": "…", "quantity": 1}, …]}
    ```
    """

    type: ClassVar[str] = "gift"
    kind: ClassVar[Kind] = Kind.GIFT
    presents: tuple[Present, ...]

    @classmethod
    def read(cls, node: Node) -> Self:
        presents = tuple(read_pieces(child) for child in node.children("presents"))
        if not presents:
            raise node.fail("presents", "must name a gift")
        if len({each.sku_id for each in presents}) != len(presents):
            raise node.fail("presents", "must name every SKU once")
        return cls(presents)
