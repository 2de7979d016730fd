"""`ETag` and `If-Match` from a row's `version`; `304` for what has not changed."""

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from app.core.errors import DomainError, StaleVersion

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller holds it already: see `If-None-Match`."}
}
"""OpenAPI `responses` of a GET that uses `not_modified`."""

TAG = re.compile(r'"(\d{1,9})"')


class PreconditionRequired(DomainError):
    slug, title, title_zh = (
        "precondition-required",
        "Say which version you are changing",
        "缺少 If-Match 请求头",
    )
    status = HTTPStatus.PRECONDITION_REQUIRED


async def expected_version(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(description="The `ETag` of the version the change was made on.", examples=['"3"']),
    ] = None,
) -> int:
    """The one version the caller has seen.

    Raises `PreconditionRequired` without one (`*` names none) and `StaleVersion` for anything that
    cannot be one of ours: weak tags and lists included.
    """
    if if_match is None or if_match.strip() == "*":
        raise PreconditionRequired("Read it first and send its ETag as If-Match")
    found = TAG.fullmatch(if_match.strip())
    if found is None or len(request.headers.getlist("if-match")) > 1:
        raise StaleVersion("If-Match names no version of it")
    return int(found[1])


VersionDep = Annotated[int, Depends(expected_version)]
"""The `version` a PUT, PATCH or DELETE expects to change."""


def put_etag(response: Response, version: int) -> None:
    """Set the `ETag` by which the next change names this version."""
    response.headers["etag"] = f'"{version}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """A 304 when the caller already holds `tag` (an opaque text without quotes), else None."""
    held = request.headers.get("if-none-match", "")
    known = {each.strip().removeprefix("W/") for each in held[:4_096].split(",")}
    if f'"{tag}"' in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": f'"{tag}"'})
    return None
