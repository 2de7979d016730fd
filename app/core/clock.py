"""The edge asks this clock; engines and services are told the time.

Windows and expiries of money and stock are decided by the database's `now()`, so that two
machines with different clocks agree.
"""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
