"""Where a page of a list begins, said so that an index leads there.

One comparison rather than two that are joined by OR, which no index takes: a plan that serves any
page would read everything before it.
"""


def before(column: str) -> str:
    """SQL: rows below `:after`, or all of them when that is null, for lists in descending order."""
    return f"{column} < coalesce(CAST(:after AS uuid), 'ffffffff-ffff-ffff-ffff-ffffffffffff')"


def beyond(column: str) -> str:
    """SQL: rows above `:after`, or all of them when that is null, for lists in ascending order."""
    return f"{column} > coalesce(CAST(:after AS uuid), '00000000-0000-0000-0000-000000000000')"
