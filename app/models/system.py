"""Tables that serve the platform rather than a business domain."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    Sequence,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.system import MessageState
from app.core.ids import new_id
from app.models.base import Base, Code, Entity, Json, Name, Versioned

outbox_seq = Sequence("outbox_seq", metadata=Base.metadata)
operation_log_seq = Sequence("operation_log_seq", metadata=Base.metadata)


class OutboxMessage(Base):
    """A fact committed with the change it describes, delivered at least once.

    Partitioned by month. `seq` is taken while the aggregate's row is locked, so it orders the
    facts of one `ordering_key`; it is no high-water mark, since a lower number may commit later.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_pending",
            "ordering_key",
            "seq",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_outbox_due", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    seq: Mapped[int] = mapped_column(BigInteger, server_default=outbox_seq.next_value())
    name: Mapped[str] = mapped_column(String(128))
    ordering_key: Mapped[str] = mapped_column(String(128))
    payload: Mapped[Json]
    state: Mapped[MessageState] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]


class IdempotentRequest(Base):
    """The answer to a request sent with an `Idempotency-Key`, replayed when it is repeated."""

    __tablename__ = "idempotent_requests"

    principal: Mapped[str] = mapped_column(String(128), primary_key=True)
    route: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class LoginSession(Entity):
    """One login of a member or of staff; revoking it ends its tokens at once."""

    __tablename__ = "login_sessions"
    __table_args__ = (Index("ix_login_sessions_subject_id", "audience", "subject_id"),)

    audience: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID]
    is_guest: Mapped[bool] = mapped_column(server_default="false")
    ip: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(256))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(64))


class RefreshToken(Entity):
    """A single-use refresh token, stored as an HMAC. `session_id` is its family."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("login_sessions.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    parent_id: Mapped[UUID | None]
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class RateLimit(Base):
    """A token bucket; unlogged, since losing it costs nothing but a fresh bucket."""

    __tablename__ = "rate_limits"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    tokens: Mapped[float]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Job(Base):
    """When a scheduled job is due next; moving `due_at` is how one worker takes a turn."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))


class Role(Versioned):
    __tablename__ = "roles"

    name: Mapped[Name] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))


class Staff(Versioned):
    """Somebody who works behind the shop. An owner holds every scope and is never demoted."""

    __tablename__ = "staff"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Name]
    password_hash: Mapped[str] = mapped_column(String(256))
    is_owner: Mapped[bool] = mapped_column(server_default="false")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class StaffRole(Base):
    __tablename__ = "staff_roles"

    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id"), primary_key=True, index=True)


class Operation(Base):
    """What staff or a merchant changed: who, where, on what. Append-only, partitioned by month."""

    __tablename__ = "operation_log"
    __table_args__ = (
        Index("ix_operation_log_object", "object_kind", "object_id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    seq: Mapped[int] = mapped_column(BigInteger, server_default=operation_log_seq.next_value())
    principal: Mapped[str] = mapped_column(String(128))
    ip: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[Code]
    object_kind: Mapped[Code]
    object_id: Mapped[str] = mapped_column(String(128))
    changes: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class OperationSeal(Entity):
    """A batch of the operation log, hashed onto the hash of the batch before it."""

    __tablename__ = "operation_log_seals"
    __table_args__ = (UniqueConstraint("previous_hash"),)

    first_seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    row_count: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
