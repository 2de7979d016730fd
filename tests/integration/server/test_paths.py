"""Paths as no client sends them, byte for byte."""

import pytest

from tests.integration.server.speaking import request, said_to


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/admin/orders",
        "/api/v1//admin/orders",
        "/api/v1/admin/orders/",
        "/API/v1/admin/orders",
        "/api/v1/Admin/orders",
        "/api/v1/products/..;/admin/orders",
        "/api/v1/products/../admin/orders",
        "/api/v1/products/%2e%2e/admin/orders",
        "/api/v1/products/%2e%2e%2fadmin%2forders",
        "/api/v1/products;/../admin/orders",
        "/api/v1/./admin/orders",
        "/api/v1/admin%5corders",
        "/api/v1/admin/orders%20",
        "/api/v1/admin/orders.json",
        "/metrics/",
        "/docs/../metrics",
        "/docs/%2e%2e/metrics",
        "/docs/..%2f..%2fpyproject.toml",
    ],
)
async def test_a40_only_the_path_itself_reaches_an_endpoint(served, path):
    """404, and no redirect that would carry a token along."""
    answer = await said_to(served, request(path, "Authorization: Bearer x", "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 404"), answer[:100]
    assert b"location:" not in answer.lower()


@pytest.mark.parametrize(
    "target", ["/@evil.example", "//evil.example/api/v1/me", "http://evil.example/api/v1/me", "*"]
)
async def test_a38_a_target_that_names_a_host_is_no_other_host(served, target):
    """An absolute target is read as its path (RFC 9112, 3.2.2), for the caller it is without."""
    answer = await said_to(served, request(target, "Connection: close"))
    assert answer.split(b" ")[1] in {b"400", b"401", b"404"}, answer[:100]
    assert b"evil.example" not in answer.split(b"\r\n\r\n")[0]
