"""What importers did: which row an outside thing became, how far a run came, what it refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Entity, Json


class ExternalRef(Base):
    """Which row an imported thing became, so that an import can run again and resume."""

    __tablename__ = "external_refs"

    source: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    entity_id: Mapped[UUID]


class ImportRun(Entity):
    """One run of an importer. `cursor` says where to resume, `counts` what was done."""

    __tablename__ = "import_runs"

    source: Mapped[Code] = mapped_column(index=True)
    cursor: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    counts: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ImportReject(Entity):
    """A row an importer could not take as it was, and why."""

    __tablename__ = "import_rejects"
    __table_args__ = (UniqueConstraint("run_id", "kind", "external_id", "reason"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"))
    kind: Mapped[Code]
    external_id: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(300))
