"""`/docs`: the three documents in Swagger UI, from files of an installed package."""

from functools import cache
from importlib import resources as package_files
from typing import Final

from fastapi import Request
from starlette.responses import JSONResponse, Response

from app.core.actor import Audience
from app.core.errors import NotFound
from app.routers.contract import documents
from app.routers.declared import Router
from app.routers.deps import ResourcesDep

router = Router(include_in_schema=False)

ASSETS: Final = {
    "swagger-ui-bundle.js": "application/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
# Swagger UI sets style attributes and draws icons from data: addresses; scripts are files only.
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stoa API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<label style="font: 1rem sans-serif; display: block; padding: 1rem">
Document
<select id="document">%s</select>
</label>
<main id="swagger-ui"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
SCRIPT: Final = """const choice = document.getElementById("document");
function show() {
  SwaggerUIBundle({
    url: "openapi/" + choice.value + ".json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    filter: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    validatorUrl: null,
  });
}
choice.addEventListener("change", show);
show();
"""


@router.get("/docs")
async def page(resources: ResourcesDep) -> Response:
    _check_enabled(resources)
    options = "".join(f'<option value="{each}">{each}</option>' for each in Audience)
    return _file((PAGE % options).encode(), "text/html; charset=utf-8")


@router.get("/docs/{name}")
async def asset(name: str, resources: ResourcesDep) -> Response:
    _check_enabled(resources)
    if name == "start.js":
        return _file(SCRIPT.encode(), ASSETS["swagger-ui-bundle.js"])
    if name not in ASSETS:
        raise NotFound("There is nothing at this address")
    return _file(_read(name), ASSETS[name])


@router.get("/openapi/{name}.json")
async def document(name: str, request: Request, resources: ResourcesDep) -> Response:
    _check_enabled(resources)
    if name not in set(Audience):
        raise NotFound("There is no such document")
    return JSONResponse(documents(request.app)[Audience(name)])


def _check_enabled(resources: ResourcesDep) -> None:
    if not resources.settings.http.docs_enabled:
        raise NotFound("There is nothing at this address")


def _file(content: bytes, content_type: str) -> Response:
    headers = {
        "content-type": content_type,
        "content-security-policy": CSP,
        "cache-control": "public, max-age=3600",
    }
    return Response(content, headers=headers)


@cache
def _read(name: str) -> bytes:
    return (package_files.files("fastapi_swagger") / "resources" / name).read_bytes()
