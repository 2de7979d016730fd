"""A turnstile: so many at a time, the others in the order they came."""

import asyncio
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Crowded(Exception):
    """One's turn did not come within one's patience."""


class Turnstile:
    """Stands before work that a crowd asks for. It belongs to one process and remembers nothing.

    Whoever dies inside takes nothing along: what was sold is in the database, and nowhere else.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._queue: deque[asyncio.Future[bool]] = deque()
        self._among: Counter[Hashable] = Counter()

    async def enter(self, *, width: int, patience_seconds: float) -> bool:
        """True inside, of which `leave` must be told; False when there is news to look at first.

        At most `width` are inside. Raises `Crowded` when the patience is at an end.
        """
        if self._inside < width and not self._queue:
            self._inside += 1
            return True
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(patience_seconds):
                return await turn
        except TimeoutError as error:
            self._give_up(turn)
            raise Crowded from error
        except asyncio.CancelledError:
            self._give_up(turn)
            raise

    @contextmanager
    def among(self, wish: Hashable, *, most: int | None) -> Iterator[None]:
        """Be one of those who wait or are inside for the same thing; `Crowded` beyond `most`."""
        if most is not None and self._among[wish] >= most:
            raise Crowded
        self._among[wish] += 1
        try:
            yield
        finally:
            self._among[wish] -= 1
            if not self._among[wish]:
                del self._among[wish]

    def leave(self) -> None:
        """One place is free: the next in the queue has it."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self._inside -= 1

    def tell(self) -> None:
        """Have everybody in the queue look again, at once and not one by one."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(False)

    def _give_up(self, turn: "asyncio.Future[bool]") -> None:
        """Leave the queue; a place that was given in the same moment goes to the next."""
        if turn.done() and not turn.cancelled() and turn.result():
            self.leave()
        elif turn in self._queue:
            self._queue.remove(turn)
