"""Shapes of signing in, shared by members and staff."""

from typing import Annotated

from pydantic import Field

from app.schemas.base import Input, Output, SafeStr

Password = Annotated[SafeStr, Field(min_length=1, max_length=512)]
NewPassword = Annotated[
    SafeStr,
    Field(
        min_length=1,
        max_length=512,
        description="8 to 128 characters of any kind; the commonest passwords are refused.",
    ),
]
Email = Annotated[SafeStr, Field(min_length=3, max_length=320, examples=["lin@example.com"])]
Phone = Annotated[
    SafeStr,
    Field(min_length=3, max_length=32, description="Stored in E.164.", examples=["+8613800138000"]),
]


class RefreshIn(Input):
    refresh_token: Annotated[SafeStr, Field(min_length=1, max_length=256)]


class TokensOut(Output):
    access_token: str = Field(description="Send as `Authorization: Bearer …`.")
    refresh_token: str = Field(description="Good for one use; the answer holds its successor.")
    expires_in_seconds: int = Field(description="Life of the access token.")


class ChangePasswordIn(Input):
    current_password: Password
    password: NewPassword
