"""Up to when everything is committed, for what is added up once and never looked at again."""

from typing import Final

from sqlalchemy import text

# Rows bear the instant at which their transaction began. `xact_start` is shown a moment after the
# clock was read for it; a second is many such moments. A vacuum of its own accord writes no rows,
# and may take hours.
HORIZON: Final = text("""
    SELECT least(now(), min(xact_start)) - interval '1 second' FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type IS DISTINCT FROM 'autovacuum worker'
""")
"""The instant before which no transaction began that is still open: one row."""
