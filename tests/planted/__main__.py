"""`python -m tests.planted`: plant every fault in turn and print which test turned red.

Names of faults, or parts of them, as arguments choose some; `--check` only looks whether the code
still reads as the faults expect. The working tree is never changed.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.planted.after_sales_faults import AFTER_SALES_FAULTS
from tests.planted.books_faults import BOOKS_FAULTS
from tests.planted.centre_faults import CENTRE_FAULTS
from tests.planted.delivery_faults import DELIVERY_FAULTS
from tests.planted.engine_faults import ENGINE_FAULTS
from tests.planted.entry_faults import ENTRY_FAULTS
from tests.planted.exchange_faults import EXCHANGE_FAULTS
from tests.planted.fault import Fault, Stale
from tests.planted.gateway_faults import GATEWAY_FAULTS
from tests.planted.group_faults import GROUP_FAULTS
from tests.planted.guard_faults import GUARD_FAULTS
from tests.planted.hand_faults import HAND_FAULTS
from tests.planted.money_faults import MONEY_FAULTS
from tests.planted.order_review_faults import ORDER_REVIEW_FAULTS
from tests.planted.reconciliation_faults import RECONCILIATION_FAULTS
from tests.planted.refund_faults import REFUND_FAULTS
from tests.planted.review_faults import REVIEW_FAULTS
from tests.planted.routing_faults import ROUTING_FAULTS
from tests.planted.shelf_faults import SHELF_FAULTS
from tests.planted.shipping_faults import SHIPPING_FAULTS
from tests.planted.stock_faults import STOCK_FAULTS
from tests.planted.stored_faults import STORED_FAULTS
from tests.planted.wechatpay_faults import WECHATPAY_FAULTS

ROOT = Path(__file__).parents[2]
FAULTS: tuple[Fault, ...] = (
    *BOOKS_FAULTS,
    *ENGINE_FAULTS,
    *GUARD_FAULTS,
    *GATEWAY_FAULTS,
    *WECHATPAY_FAULTS,
    *REFUND_FAULTS,
    *RECONCILIATION_FAULTS,
    *REVIEW_FAULTS,
    *HAND_FAULTS,
    *MONEY_FAULTS,
    *STORED_FAULTS,
    *ORDER_REVIEW_FAULTS,
    *ROUTING_FAULTS,
    *SHIPPING_FAULTS,
    *DELIVERY_FAULTS,
    *AFTER_SALES_FAULTS,
    *EXCHANGE_FAULTS,
    *STOCK_FAULTS,
    *SHELF_FAULTS,
    *ENTRY_FAULTS,
    *CENTRE_FAULTS,
    *GROUP_FAULTS,
)
COPIED = ("app", "tests", "docs", "migrations", "openapi", "alembic.ini", "pyproject.toml")
RED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


tell = partial(print, flush=True)


def copy_to(folder: Path) -> Path:
    """A copy of what tests need, to plant faults into."""
    root = folder / "planted"
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    return root


def run(root: Path, tests: Sequence[str], *, needs_database: bool) -> tuple[int, str]:
    """Return the exit code of pytest and what it printed."""
    plain = () if needs_database else ("--noconftest", "-p", "tests.planted.profile")
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-n", "0", "--tb=line"]
    command += ["-p", "no:cacheprovider", *plain, *tests]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def outcome(each: Fault) -> tuple[bool, str]:
    """Return whether a test turned red, and which, or what happened instead."""
    with tempfile.TemporaryDirectory(prefix="stoa-planted-") as folder:
        root = copy_to(Path(folder))
        try:
            for edit in each.edits:
                edit.apply(root)
        except Stale as stale:
            return False, f"STALE {stale}"
        code, printed = run(root, each.tests, needs_database=each.needs_database)
    found = RED.findall(printed)
    if code == 1 and found:
        return True, found[0]
    return False, "STAYED GREEN" if code == 0 else f"BROKEN {printed[-500:]}"


def is_sound(faults: Sequence[Fault]) -> bool:
    """Whether the tests are green without any fault."""
    for needs_database in (False, True):
        tests = sorted(
            {
                test
                for each in faults
                if each.needs_database == needs_database
                for test in each.tests
            }
        )
        if tests:
            code, printed = run(ROOT, tests, needs_database=needs_database)
            if code:
                tell(printed[-2_000:])
                return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of faults; none means all")
    parser.add_argument("--check", action="store_true", help="only look whether they still apply")
    asked = parser.parse_args()
    faults = [f for f in FAULTS if not asked.names or any(n in f.name for n in asked.names)]
    if asked.check:
        stale = [(each, why) for each in faults if (why := _stale(each)) is not None]
        for each, why in stale:
            tell(f"STALE {each.name}: {why}")
        return bool(stale)
    if not is_sound(faults):
        tell("the tests are red without a fault")
        return 1
    missed = 0
    for each in faults:
        is_red, what = outcome(each)
        missed += not is_red
        tell(f"{'red  ' if is_red else 'GREEN'}  {each.name:<58} {what}")
    tell(f"{len(faults) - missed} of {len(faults)} faults turned a test red")
    return bool(missed)


def _stale(each: Fault) -> str | None:
    try:
        for edit in each.edits:
            edit.check(ROOT)
    except Stale as stale:
        return str(stale)
    return None


if __name__ == "__main__":
    sys.exit(main())
