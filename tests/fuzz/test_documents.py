"""Whatever a client sends, the answer is one the documents name, and never a 500.

Cases are generated from the exported documents, valid and invalid. `FUZZ_EXAMPLES` sets how many
are tried for each operation.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.contract import CHECKS, OPENAPI
from tests.fuzz.serving import Target

FEW = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "6")),
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

storefront = schemathesis.openapi.from_path(OPENAPI / "storefront.json")
admin = schemathesis.openapi.from_path(OPENAPI / "admin.json")
merchant = schemathesis.openapi.from_path(OPENAPI / "merchant.json")


def check(case: schemathesis.Case, target: Target, audience: str) -> None:
    case.call_and_validate(
        base_url=target.url, headers=dict(target.headers[audience]), checks=CHECKS
    )


@pytest.mark.filterwarnings("default")
@storefront.parametrize()
@FEW
def test_storefront(case: schemathesis.Case, target: Target) -> None:
    check(case, target, "storefront")


@pytest.mark.filterwarnings("default")
@admin.parametrize()
@FEW
def test_admin(case: schemathesis.Case, target: Target) -> None:
    check(case, target, "admin")


@pytest.mark.filterwarnings("default")
@merchant.parametrize()
@FEW
def test_merchant(case: schemathesis.Case, target: Target) -> None:
    check(case, target, "merchant")
