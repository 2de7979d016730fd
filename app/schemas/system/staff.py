"""Request and response shapes of staff and roles."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.scopes import Scope
from app.schemas.base import Input, Name, Output, Version
from app.schemas.tokens import Email, NewPassword, Password

Scopes = Annotated[list[Scope], Field(max_length=100)]
RoleIds = Annotated[list[UUID], Field(max_length=50)]


class StaffLoginIn(Input):
    email: Email
    password: Password


class RoleIn(Input):
    name: Name
    scopes: Scopes


class RolePatch(Input):
    """Fields left out stay as they are."""

    name: Name | None = None
    scopes: Scopes | None = None


class RoleOut(Output):
    id: UUID
    name: str
    scopes: list[str]
    version: Version


class StaffIn(Input):
    email: Email
    name: Name
    password: NewPassword
    role_ids: RoleIds = Field(default_factory=list)


class StaffPatch(Input):
    """Fields left out stay as they are."""

    name: Name | None = None
    is_active: bool | None = None
    role_ids: RoleIds | None = None


class StaffPasswordIn(Input):
    password: NewPassword


class StaffOut(Output):
    id: UUID
    email: str
    name: str
    is_owner: bool = Field(description="An owner holds every scope and cannot be disabled.")
    is_active: bool
    roles: list[RoleOut]
    version: Version


class MyselfOut(StaffOut):
    scopes: list[Scope] = Field(description="What you may do.")
