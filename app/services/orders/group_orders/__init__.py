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
    DepositExceeded,
    GoodsHeld,
    GroupBeingPlaced,
    GroupPaidOtherwise,
    GroupShortOfStock,
    NothingToHold,
    RowSettled,
    RowsTooCheap,
    TransferSettled,
)
from app.services.orders.group_orders.hold import LONGEST_SECONDS, hold_rows, unhold_rows
from app.services.orders.group_orders.pay import pay_rows
from app.services.orders.group_orders.place import cancel_rest, place_rows, queue_rows
from app.services.orders.group_orders.sheets import report_xlsx, template_csv, template_xlsx
from app.services.orders.group_orders.transfers import (
    RecordTransfer,
    confirm_transfer,
    list_transfers,
    record_transfer,
    reject_transfer,
)

__all__ = [
    "COLUMNS",
    "LONGEST_SECONDS",
    "ColumnsMissing",
    "DepositExceeded",
    "DraftGroup",
    "GoodsHeld",
    "GroupBeingPlaced",
    "GroupPaidOtherwise",
    "GroupShortOfStock",
    "NothingToHold",
    "RecordTransfer",
    "RowSettled",
    "RowsTooCheap",
    "TransferSettled",
    "cancel_rest",
    "confirm_transfer",
    "draft_group",
    "edit_row",
    "hold_rows",
    "list_groups",
    "list_rows",
    "list_transfers",
    "pay_rows",
    "place_rows",
    "queue_rows",
    "read_group",
    "record_transfer",
    "reject_transfer",
    "report_xlsx",
    "template_csv",
    "template_xlsx",
    "unhold_rows",
    "upload_rows",
]
