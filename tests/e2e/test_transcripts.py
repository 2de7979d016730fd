"""What README and docs tell a newcomer to type prints what they say it prints."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.demo import SHOP, demo_shop

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:^```\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
CHANGING = re.compile(r'(?<="out_trade_no":")[0-9a-f]+|^\d+(?= invariants, 0 broken)', re.MULTILINE)
MARK = "== next =="

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash") and shutil.which("python3")),
    reason="the transcripts are typed with curl, bash and python3",
)


@pytest.fixture
def port(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """That of a newcomer's shop for the tour, which begins without one."""
    with demo_shop(tmp_path, is_new="README.md" in request.node.name) as port:
        yield port


DEMO = "In the demo shop"
TOGETHER = (
    "docs/group-orders.md",
    "docs/carriers.md",
    "docs/shipping.md",
    "docs/routing.md",
    "docs/order-intake.md",
    "docs/order-entry.md",
    "docs/stock.md",
)
"""Pages whose chapters share a shop: it takes longer to open one than to type most of them.

Each signs in by itself and uses people, channels and keys of its own, and asks about nothing that
another makes, so that none needs another or minds it. Pages that count all of a shop's orders, or
spend what its shopper has, need a shop to themselves.
"""


@pytest.mark.parametrize(
    ("page", "chapter"),
    [
        ("README.md", "A five-minute tour"),
        ("docs/merchandising.md", "A merchandiser's afternoon"),
        ("docs/coupons.md", DEMO),
        ("docs/gift-cards.md", DEMO),
        ("docs/refunds.md", DEMO),
        ("docs/order-changes.md", DEMO),
        ("docs/after-sales.md", DEMO),
        ("docs/delivery.md", DEMO),
        ("docs/order-review.md", DEMO),
        ("docs/order-centre.md", DEMO),
        ("docs/accounting.md", DEMO),
        ("docs/payments.md", "Instalments"),
        ("docs/three-days.md", "From the first order to the last figure"),
    ],
)
def test_a_transcript_prints_what_it_says(
    page: str, chapter: str, port: int, tmp_path: Path
) -> None:
    _type(page, chapter, port, tmp_path)


def test_transcripts_of_one_shop_print_what_they_say(port: int, tmp_path: Path) -> None:
    for page in TOGETHER:
        _type(page, DEMO, port, tmp_path)


def _type(page: str, chapter: str, port: int, tmp_path: Path) -> None:
    blocks = BLOCK.findall(_chapter(page, chapter))
    assert len(blocks) > 2
    script = f"\necho '{MARK}'\n".join(typed for typed, _ in blocks)
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("/tmp/", f"{tmp_path}/")  # noqa: S108 - where the page keeps what it was answered
    script = script.replace(".venv/bin/shop", str(SHOP))
    done = subprocess.run(
        ["bash", "-c", script],  # noqa: S607 - the shell on the path is what a newcomer has
        env=os.environ | {"DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    printed = [_plain(part) for part in done.stdout.split(f"{MARK}\n")]
    assert printed == [_plain(told) for _, told in blocks], f"{page}: {done.stderr}"


def _chapter(page: str, chapter: str) -> str:
    """The chapter's text: what stands between its heading and the next of the same depth."""
    text = (ROOT / page).read_text(encoding="utf-8")
    heading = re.search(rf"^(#+) {re.escape(chapter)}$", text, re.MULTILINE)
    assert heading, f"{page} has no chapter {chapter!r}"
    rest = text[heading.end() :]
    following = re.search(rf"^{heading[1]} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def _plain(printed: str) -> str:
    """Without what is another number in every shop, or with every new invariant."""
    return CHANGING.sub("…", printed).strip()
