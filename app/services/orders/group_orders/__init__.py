"""Orders of companies for many recipients, from a sheet."""

from app.services.orders.engine.group_rows import COLUMNS, ColumnsMissing
from app.services.orders.group_orders.draft import (
    DraftGroup,
    draft_group,
    edit_row,
    list_groups,
    list_rows,
    read_group,
    upload_rows,
)
from app.services.orders.group_orders.errors import (
    GroupBeingPlaced,
    GroupShortOfStock,
    RowSettled,
)
from app.services.orders.group_orders.place import cancel_rest, place_rows, queue_rows
from app.services.orders.group_orders.sheets import report_xlsx, template_csv, template_xlsx

__all__ = [
    "COLUMNS",
    "ColumnsMissing",
    "DraftGroup",
    "GroupBeingPlaced",
    "GroupShortOfStock",
    "RowSettled",
    "cancel_rest",
    "draft_group",
    "edit_row",
    "list_groups",
    "list_rows",
    "place_rows",
    "queue_rows",
    "read_group",
    "report_xlsx",
    "template_csv",
    "template_xlsx",
    "upload_rows",
]
