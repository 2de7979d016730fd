"""Which code is mutated, and which tests can notice: those of its own domain, not the whole suite.

Tests that start processes of their own are left out: a mutant lives in the memory of one process.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "tests" / "mutants" / "results"


@dataclass(frozen=True, slots=True)
class Area:
    code: tuple[str, ...]
    """Files and folders of the project."""
    tests: tuple[str, ...]
    has_engine: bool = True
    """Whether pure rules of the domain are part of it; else they are an area of their own."""

    def files(self) -> list[str]:
        """Modules to mutate; what only names errors and re-exports has nothing to test."""
        found: set[Path] = set()
        for each in self.code:
            path = ROOT / each
            found |= set(path.rglob("*.py")) if path.is_dir() else {path}
        return sorted(
            str(each.relative_to(ROOT))
            for each in found
            if each.name not in {"__init__.py", "errors.py", "ports.py"}
            and (self.has_engine or "engine" not in each.parts)
        )


def _domain(name: str) -> tuple[str, str]:
    return f"app/services/{name}", f"app/repositories/{name}"


def _orders(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/integration/orders/test_{name}.py" for name in names)


def _laws(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/property/test_{name}.py" for name in names)


AREAS = {
    "ledger": Area(
        _domain("ledger"),
        (
            "tests/unit/ledger",
            "tests/integration/ledger",
            "tests/integration/finance/test_by_hand.py",
            "tests/integration/finance/test_exports.py",
            "tests/integration/finance/test_month.py",
            "tests/integration/finance/test_periods.py",
            "tests/integration/payments/test_ledgers.py",
        ),
    ),
    "payments": Area(
        _domain("payments"),
        (
            "tests/unit/payments",
            "tests/integration/payments",
            *_orders("payment_kinds", "payment_owner", "method_rules", "points_limit"),
            *_orders("refunds", "refund_edges", "refund_races", "unpaid_by_hand", "cancel"),
            *_orders("group_transfers", "charges_owed_back", "payment_links", "instalments"),
            *_laws("attribution", "points_limit", "withholding", "payment_saga", "refunds"),
        ),
    ),
    "stock": Area(
        _domain("inventory"),
        (
            "tests/unit/inventory",
            "tests/unit/orders/test_split.py",
            "tests/integration/inventory",
            *_orders("backorders", "waiting", "routing", "reroute", "kits", "shorts", "history"),
            *_orders("group_kits", "group_rows"),
        ),
    ),
    "idempotency": Area(
        (
            "app/services/system/idempotency.py",
            "app/repositories/system/idempotency.py",
            "app/routers/idempotency.py",
        ),
        (
            "tests/contract/test_idempotency.py",
            "tests/contract/test_headers.py",
            *_orders("idempotency", "http"),
        ),
    ),
    "pricing": Area(
        _domain("pricing"),
        (
            "tests/unit/pricing",
            "tests/unit/promotions",
            "tests/integration/pricing",
            *_orders("bargains", "bargain_races", "exchange", "exchange_races", "flash"),
            *_orders("purchase_limits"),
            *_laws("allocate"),
        ),
    ),
    "promotions": Area(
        _domain("promotions"),
        (
            "tests/unit/promotions",
            "tests/integration/promotions",
            *_orders("coupons_come_back", "unpaid_pieces"),
        ),
        has_engine=False,
    ),
    "promotion-rules": Area(
        ("app/services/promotions/engine",),
        (
            "tests/unit/promotions",
            "tests/unit/reports/test_replaying.py",
            *_laws("conflicts", "edges", "floors", "promotion_limits", "promotions_bounds"),
            *_laws("promotions_choice", "promotions_quote", "refunds", "frozen_refunds", "replays"),
            *_laws("kept_orders"),
        ),
    ),
}
