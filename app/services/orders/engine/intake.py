"""What another system says it sold, as lines at prices per piece. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.core.json import canonical

_EXTENSION = re.compile(r"(?P<phone>.*\d)\s*(?:-|转|ext\.?)\s*(?P<more>\d{1,6})", re.IGNORECASE)


class Pieces(NamedTuple):
    """Some pieces of a line that cost the same."""

    quantity: int
    price_minor: int


def pieces_of(quantity: int, net_minor: int) -> tuple[Pieces, ...]:
    """`net_minor` over all pieces to the cent: those that cost a cent more come last."""
    price, more = divmod(net_minor, quantity)
    parts = (Pieces(quantity - more, price), Pieces(more, price + 1))
    return tuple(each for each in parts if each.quantity)


def digest_of(content: Mapping[str, Any]) -> str:
    """Of what an order says, whatever the order of its keys. Whether it is paid may change."""
    said = {name: value for name, value in content.items() if name != "is_paid"}
    return hashlib.sha256(canonical(said)).hexdigest()


def goods_minor(lines: Sequence[Mapping[str, Any]]) -> int:
    return sum(each["net_minor"] for each in lines)


def reachable(address: Mapping[str, Any]) -> dict[str, Any]:
    """The address with a phone number alone: marketplaces hide buyers behind extensions.

    The extension goes to the name of who receives it, which is where couriers look for it.
    """
    found = _EXTENSION.fullmatch(address["phone"].strip())
    if found is None:
        return dict(address)
    recipient = f"{address['recipient']} [{found['more']}]"
    return {**address, "phone": found["phone"], "recipient": recipient}
