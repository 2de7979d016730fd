"""System: staff, roles, sessions, idempotency, outbox and the operation log."""

from app.services.system import (
    health,
    idempotency,
    jobs,
    limits,
    messages,
    operations,
    outbox,
    partitions,
    seals,
)
from app.services.system.events import RefreshTokenReused
from app.services.system.gate import Gate, LoginRefused, WrongPassword, count_try
from app.services.system.idempotency import IdempotencyInProgress, IdempotencyKeyReused
from app.services.system.limits import TooManyRequests
from app.services.system.operations import record
from app.services.system.outbox import publish
from app.services.system.roles import (
    EditRole,
    PrivilegeEscalation,
    RoleInUse,
    create_role,
    delete_role,
    edit_role,
    get_role,
    list_roles,
    require_held,
)
from app.services.system.sessions import (
    Device,
    RefreshReuse,
    Tokens,
    open_session,
    refresh,
    revoke_session,
    revoke_sessions,
    sweep_sessions,
)
from app.services.system.staff import (
    EditStaff,
    StaffView,
    create_staff,
    edit_staff,
    get_staff_member,
    list_staff,
    require_colleague,
    reset_staff_password,
)
from app.services.system.staff_login import (
    change_staff_password,
    confirm_staff_password,
    sign_in_staff,
)
from app.services.system.standing import Standing, standing_of

__all__ = [
    "Device",
    "EditRole",
    "EditStaff",
    "Gate",
    "IdempotencyInProgress",
    "IdempotencyKeyReused",
    "LoginRefused",
    "PrivilegeEscalation",
    "RefreshReuse",
    "RefreshTokenReused",
    "RoleInUse",
    "StaffView",
    "Standing",
    "Tokens",
    "TooManyRequests",
    "WrongPassword",
    "change_staff_password",
    "confirm_staff_password",
    "count_try",
    "create_role",
    "create_staff",
    "delete_role",
    "edit_role",
    "edit_staff",
    "get_role",
    "get_staff_member",
    "health",
    "idempotency",
    "jobs",
    "limits",
    "list_roles",
    "list_staff",
    "messages",
    "open_session",
    "operations",
    "outbox",
    "partitions",
    "publish",
    "record",
    "refresh",
    "require_colleague",
    "require_held",
    "reset_staff_password",
    "revoke_session",
    "revoke_sessions",
    "seals",
    "sign_in_staff",
    "standing_of",
    "sweep_sessions",
]
