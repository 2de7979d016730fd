"""The example storefront in a browser, against a demo shop: its own tests, run from here."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.demo import demo_shop, free_port

STOREFRONT = Path(__file__).parents[2] / "examples" / "storefront"
PLAYWRIGHT = STOREFRONT / "node_modules" / ".bin" / "playwright"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 900


def test_a_shopper_goes_the_whole_way_in_a_browser(tmp_path: Path) -> None:
    """On a desk in Chinese and on a phone in English; pictures go to `screenshots`."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium on the path, and CHROMIUM names none")
    if not (PLAYWRIGHT.exists() and (STOREFRONT / "dist" / "index.html").exists()):
        pytest.skip("the storefront is not built: make storefront")
    page = free_port()
    back = f"http://127.0.0.1:{page}/orders/{{order_id}}"
    with demo_shop(tmp_path, PAYMENTS__RETURN_URL=back) as port:
        done = subprocess.run(
            [str(PLAYWRIGHT), "test"],
            cwd=STOREFRONT,
            env=os.environ
            | {
                "SHOP_URL": f"http://127.0.0.1:{port}",
                "PAGE_PORT": str(page),
                "CHROMIUM": browser,
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert list((STOREFRONT / "screenshots").glob("*/*.png"))
