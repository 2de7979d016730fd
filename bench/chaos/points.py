"""Crash points: the API is killed before and after every statement of a use case."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from random import Random

import httpx

from app.core.actor import Audience
from app.core.ids import new_id
from app.core.security.tokens import AccessClaims, sign
from bench.chaos.errands import ERRANDS, Desk, Errand
from bench.chaos.field import USED, Field
from bench.chaos.outcome import Outcome
from bench.chaos.shoppers import Buyer
from bench.chaos.tally import Acknowledged, Told
from bench.chaos.tripwire import Tripwire
from bench.chaos.victims import Preloaded
from bench.preparation import TOKEN_SECONDS
from bench.processes import free_port
from bench.server import Database, run

TRIES = 40


@dataclass(slots=True)
class Matrix:
    """Walks a use case's statements, one death at each."""

    field: Field
    wire: Tripwire
    preloaded: Preloaded
    port: int
    client: httpx.AsyncClient
    desk: Desk
    api: int = 0
    deaths: int = 0

    async def start(self) -> None:
        self.api = await asyncio.to_thread(self.preloaded.serve, self.port)
        self.wire.kill = self._die

    def _die(self) -> None:
        self.preloaded.kill(self.api)
        self.deaths += 1

    async def walk(self, name: str, points: int | None, lots: Random) -> list[str]:
        """Die at every statement of the use case, or at so many of them; what went wrong."""
        prepare = ERRANDS[name]
        for _ in range(2):  # the first also tells the process what it keeps in mind
            errand = await prepare(self.desk)
            self.wire.arm(None)
            first = await errand.ask(self.client)
            said = self.wire.disarm()
            self._note(errand, first)
        if first.is_error:
            return [f"{name}: {first.status_code} {first.text[:200]}"]
        chosen: Sequence[tuple[int, bool]] = [
            (at, after) for at in range(len(said)) for after in (False, True)
        ]
        if points is not None:
            chosen = _around_commits(said, lots, points)
        wrong = []
        for at, is_after in chosen:
            errand = await prepare(self.desk)
            fault = await self._die_at(errand, at, is_after=is_after)
            if fault:
                side = "after" if is_after else "before"
                wrong.append(f"{name}, {side} {at} {' '.join(said[at].split())[:60]}: {fault}")
        return wrong

    async def _die_at(self, errand: Errand, at: int, *, is_after: bool) -> str:
        """Nothing when the use case was carried out once all the same, else what was wrong."""
        self.wire.arm(at, is_after=is_after)
        heard: httpx.Response | None = None
        try:
            heard = await errand.ask(self.client)
        except httpx.TransportError:
            heard = None
        self.wire.disarm()
        if self.wire.has_fired:
            await self.start()
        elif heard is None:
            return "no answer, and nobody died"
        answer = heard if heard is not None and not heard.is_error else await self._again(errand)
        if errand.is_done is not None:
            if not await errand.is_done():
                return f"not done: {answer.status_code} {answer.text[:200]}"
            return ""
        if answer.is_error:
            return f"{answer.status_code} {answer.text[:200]}"
        self._note(errand, answer)
        told = self._told(errand, answer)
        again = await self._again(errand)
        if not told.repeats(again.status_code, again.json()):
            return f"answered otherwise: {again.text[:200]}"
        return ""

    async def _again(self, errand: Errand) -> httpx.Response:
        """Ask until it is answered: what a dead process held is let go when the server notices."""
        for _ in range(TRIES):
            try:
                answer = await errand.ask(self.client)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.is_server_error or "in-progress" in answer.text or '"busy"' in answer.text:
                await asyncio.sleep(0.1)
                continue
            return answer
        return answer

    def _note(self, errand: Errand, answer: httpx.Response) -> None:
        if answer.is_error or "idempotency-key" not in errand.headers:
            return
        self.field.tally.told.append(self._told(errand, answer))
        if errand.path.endswith("/orders"):
            self.field.tally.orders.append(Acknowledged(answer.json()["id"]))

    def _told(self, errand: Errand, answer: httpx.Response) -> Told:
        path = errand.path.removeprefix("/api/v1")
        return Told(path, errand.headers, errand.body, answer.status_code, answer.json())


async def crash_points(field: Field) -> Outcome:
    """Every statement of every use case, with a worker beside it that nobody kills."""
    outcome = Outcome("crash-points", field.tally, recovery_seconds=inf)  # nobody hurries here
    async with matrix(field) as made:
        for number, name in enumerate(ERRANDS):
            if field.options.use_cases and name not in field.options.use_cases:
                continue
            before = made.deaths
            outcome.also += await made.walk(name, field.options.points, field.lots(number))
            outcome.counted[name] = made.deaths - before
        outcome.verdict = await field.judge(made.port)
    return outcome


@asynccontextmanager
async def matrix(field: Field) -> AsyncIterator[Matrix]:
    """An API behind the tripwire, a worker that goes straight to the database."""
    port, wire = free_port(), Tripwire(field.server.port)
    await wire.start()
    victims = field.victims(database_port=wire.port, public_port=port)
    # The sandbox is somebody else's process: what it asks of its books is no statement of ours.
    victims.environment["PAYMENTS__SANDBOX_DATABASE_URL"] = field.server.url(USED)
    preloaded = Preloaded(victims.environment, field.folder)
    beside = field.victims(public_port=port)
    try:
        await asyncio.to_thread(preloaded.start)
        beside.start_worker()
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            made = Matrix(field, wire, preloaded, port, client, await _desk(field, client))
            await made.start()
            field.tally.begin()
            yield made
    finally:
        preloaded.stop()
        beside.stop()
        wire.stop()


async def _desk(field: Field, client: httpx.AsyncClient) -> Desk:
    settings = field.database.settings()
    tokens = settings.tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    staff, login = new_id(), new_id()
    await run(
        Database(field.server.url(USED)),
        "INSERT INTO staff (id, email, name, password_hash, is_owner)"
        f" VALUES ('{staff}', 'owner@chaos.test', 'Mei Owner', '!', true)",
        "INSERT INTO login_sessions (id, audience, subject_id, expires_at)"
        f" VALUES ('{login}', 'admin', '{staff}', now() + interval '1 day')",
    )
    token = sign(tokens, AccessClaims(Audience.ADMIN, staff, login))
    buyer = Buyer(
        client, field.shop.buyers, field.shop.catalog, tokens, field.tally, field.lots(77)
    )
    secret = settings.payments.sandbox_secret.get_secret_value().encode()
    return Desk(client, buyer, {"authorization": f"Bearer {token}"}, secret)


def _around_commits(said: Sequence[str], lots: Random, points: int) -> list[tuple[int, bool]]:
    """Before and after each COMMIT, and others by lot, so many in all."""
    commits = [at for at, each in enumerate(said) if each.startswith("COMMIT")]
    chosen = [(at, after) for at in commits for after in (False, True)]
    others = [(at, False) for at in range(len(said)) if at not in commits]
    lots.shuffle(others)
    return sorted((chosen + others)[: max(points, 2)])
