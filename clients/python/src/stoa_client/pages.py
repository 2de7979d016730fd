"""Lists, page by page as they are needed."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from typing_extensions import TypedDict

from stoa_client.client import Answer

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    """One page of a list; `next_after` is where the next begins, None at the end."""

    items: list[Item]
    next_after: str | None


def each(read: Callable[[str | None], Answer[Page[Item]]]) -> Iterator[Item]:
    """Every item: `each(lambda after: shop.orders_list_orders(limit=50, after=after))`."""
    after: str | None = None
    while True:
        page = read(after).data
        yield from page["items"]
        after = page["next_after"]
        if after is None:
            return
