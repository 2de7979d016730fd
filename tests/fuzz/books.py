"""Whether the shop is whole after bad requests: the worker does what is due, all is audited."""

import traceback

from sqlalchemy import text

from app.adapters.gateways import SANDBOX
from app.adapters.resources import Resources
from app.adapters.sandbox import SandboxGateway
from app.core.db import build_engine, build_sessions, read_only
from app.core.settings import Settings, WorkerSettings
from app.services import reports
from app.worker.dispatch import deliver_all
from app.worker.schedule import JOBS
from tests.app import Outbox
from tests.fuzz.tally import Tally

WORKER, AUDIT = "the worker", "shop audit"
AT_ONCE = WorkerSettings(max_attempts=1)
"""What cannot be heard is put aside at once, and told with its cause."""

_PARKED = text("""
    UPDATE outbox SET state = 'delivered' WHERE state = 'parked'
    RETURNING name, CAST(payload AS text) AS payload, last_error
""")


async def look_into_books(settings: Settings, tally: Tally, sent: int) -> None:
    """Work off what `sent` requests led to, and count what the worker or the audit runs into."""
    engine = build_engine(settings.database)
    sessions = build_sessions(engine)
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=read_only(engine),
        messages=Outbox(),
        gateways={SANDBOX: SandboxGateway(settings, engine=engine)},
    )
    try:
        for job in JOBS:
            try:
                await job.run(resources)
            except Exception:  # noqa: BLE001 - whatever it is, requests led to it
                tally.found(WORKER, job.name, f"after {sent}: {traceback.format_exc()}")
        while await deliver_all(sessions, AT_ONCE):
            pass
        async with sessions.begin() as session:
            for row in await session.execute(_PARKED):
                told = f"after {sent}: {row.payload}"
                tally.found(WORKER, f"{row.name}: {row.last_error}", told)
        async for each in reports.audit(read_only(engine)):
            if not each.holds:
                tally.found(AUDIT, each.name, f"after {sent}: {each.breaches}")
    finally:
        await engine.dispose()
