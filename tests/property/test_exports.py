"""Whatever is posted when, and whatever spans are exported: a target gets each journal once."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import Sessions, build_engine, build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id, random_code
from app.services import finance, ledger
from app.services.ledger import Account, Journal, transfer
from tests.conftest import clone, patient
from tests.factories.payments import staff
from tests.horizon import past_other_writers

BANK, FEE = Account(AccountKind.BANK, "b1"), Account(AccountKind.GATEWAY_FEE)
DAYS = 12
Step: TypeAlias = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["post", "export", "export"]), st.integers(0, DAYS), st.integers(0, DAYS)
    ),
    min_size=1,
    max_size=10,
)


@pytest.fixture(scope="module")
async def books() -> AsyncIterator[Sessions]:
    """A database of their own for all examples: what they commit, no other test may see."""
    async for url in clone():
        engine = build_engine(patient(url))
        yield build_sessions(engine)
        await engine.dispose()


@given(steps=STEPS)
async def test_a_target_gets_each_journal_once(books: Sessions, steps: list[Step]) -> None:
    target = random_code(12)
    # A stretch of time that no other example has.
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=new_id().int >> 80 & 0x3FFFFFFF)
    posted: set[str] = set()
    exported: Counter[str] = Counter()
    for what, one, other in [*steps, ("export", 0, DAYS)]:
        if what == "post":
            key = f"once:{new_id()}"
            async with unit_of_work(books) as session:
                journal = Journal(
                    key=key,
                    kind="fee",
                    entries=transfer(FEE, BANK, 1 + other),
                    effective_at=start + timedelta(days=one),
                    concerns="2026-10" if other % 2 else None,
                )
                await ledger.post(session, [journal])
            posted.add(key)
            continue
        first, last = min(one, other), max(one, other) + 1
        await past_other_writers(books)
        export = await finance.record_export(
            books,
            since=start + timedelta(days=first),
            until=start + timedelta(days=last),
            actor=staff(),
            target=target,
        )
        file = "".join([each async for each in finance.export_csv(books, export)])
        rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
        assert len(rows) == export["entries"] == 2 * export["journals"]
        exported.update({row["key"] for row in rows} & posted)
    assert exported == Counter(posted)
