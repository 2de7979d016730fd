"""The settings of property tests where no database, and so no `conftest.py`, is loaded."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "planted",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("planted")
