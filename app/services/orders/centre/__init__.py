"""The order centre: lists, views of them, how many orders wait for what."""

from app.core.enums.order_lists import OrderSort, OrderTab
from app.repositories.orders import OrderFilter
from app.services.orders.centre.errors import CurrencyNeeded
from app.services.orders.centre.exports import (
    OrderExport,
    UnknownColumns,
    orders_csv,
    orders_xlsx,
    record_order_export,
)
from app.services.orders.centre.lists import (
    ListedOrders,
    TabCount,
    count_of_merchant,
    count_orders,
    count_own,
    fold_ended,
    list_merchant_orders,
    list_orders,
    search_orders,
)
from app.services.orders.centre.notes import add_merchant_note, add_note, merchant_notes
from app.services.orders.centre.views import (
    ViewTerms,
    create_view,
    delete_view,
    edit_view,
    get_view,
    list_views,
    through_view,
)

__all__ = [
    "CurrencyNeeded",
    "ListedOrders",
    "OrderExport",
    "OrderFilter",
    "OrderSort",
    "OrderTab",
    "TabCount",
    "UnknownColumns",
    "ViewTerms",
    "add_merchant_note",
    "add_note",
    "count_of_merchant",
    "count_orders",
    "count_own",
    "create_view",
    "delete_view",
    "edit_view",
    "fold_ended",
    "get_view",
    "list_merchant_orders",
    "list_orders",
    "list_views",
    "merchant_notes",
    "orders_csv",
    "orders_xlsx",
    "record_order_export",
    "search_orders",
    "through_view",
]
