"""Why inventory refuses."""

from http import HTTPStatus

from app.core.errors import DomainError


class OutOfStock(DomainError):
    """`available` maps each SKU that falls short to the pieces there are.

    `is_held` says that unpaid orders hold some of it: what they let go comes back, and
    `Retry-After` tells when the first of them must have paid.
    """

    slug, title, title_zh = "out-of-stock", "Not enough stock", "库存不足"


class StockMoved(DomainError):
    """There are enough pieces, but not where they were a moment ago; asking again finds them."""

    slug, title, title_zh = "stock-moved", "The stock moved meanwhile", "库存有变动，请重试"


class BelowReserved(DomainError):
    """`rows` names the stock an adjustment would take below what is promised, with its counts."""

    slug, title, title_zh = (
        "stock-below-reserved",
        "Less on hand than is promised to orders",
        "库存不能低于已预留数量",
    )


class UnknownStock(DomainError):
    """`sku_ids` and `warehouse_ids` name what does not exist, or not for this caller.

    Kits lie in no warehouse: what they are made of does.
    """

    slug, title, title_zh = "unknown-stock", "No such SKU or warehouse", "商品或仓库不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IllegalStockTransition(DomainError):
    """`state` is where the document is; there it does not allow that."""

    slug, title, title_zh = (
        "illegal-stock-transition",
        "The document does not allow that now",
        "单据当前状态不允许此操作",
    )


class StocktakeIncomplete(DomainError):
    """`uncounted` SKUs, or batches of SKUs that are counted so, have no count yet."""

    slug, title, title_zh = (
        "stocktake-incomplete",
        "Not everything is counted yet",
        "盘点尚未完成",
    )


class CountedElsewhere(DomainError):
    """`stocktakes` that are open have counted `sku_ids`: both would post what differs."""

    slug, title, title_zh = (
        "counted-elsewhere",
        "Another stocktake has counted it",
        "该商品正在其他盘点单中盘点",
    )


class DifferenceUnexplained(DomainError):
    """`missing` pieces have not come and `over` came too many: say what became of them."""

    slug, title, title_zh = (
        "difference-unexplained",
        "The difference needs a reason",
        "差异需要说明原因",
    )


class NothingToShip(DomainError):
    """`rows` names the SKUs and warehouses where less is promised, with what is."""

    slug, title, title_zh = (
        "nothing-to-ship",
        "Nothing is waiting to be shipped",
        "没有待发货的商品",
    )


class BatchShort(DomainError):
    """Of the batches that may go there are only `there` of `pieces` of a SKU in a warehouse."""

    slug, title, title_zh = (
        "batch-short",
        "Too little of it is of a batch that may go",
        "可用批次的库存不足",
    )


class BatchDiffers(DomainError):
    """The batch of that number was made or expires on other days."""

    slug, title, title_zh = (
        "batch-differs",
        "The batch has other dates",
        "批次日期与已有记录不一致",
    )


class NotTracked(DomainError):
    """`sku_ids` are not told apart in that way."""

    slug, title, title_zh = (
        "not-tracked",
        "The SKU is not tracked like that",
        "该商品未启用此追踪方式",
    )


class TillNumberTaken(DomainError):
    """`sale` is what was kept under that number before."""

    slug, title, title_zh = (
        "till-number-taken",
        "Other goods were sold under that number",
        "该小票号已用于其他商品",
    )


class SerialsNotThere(DomainError):
    """`serials` are elsewhere, in a parcel, or there already."""

    slug, title, title_zh = (
        "serials-not-there",
        "Some serials are somewhere else",
        "部分序列号不在该位置",
    )


class SerialsExceed(DomainError):
    """Only `pieces` lie there; receive them first."""

    slug, title, title_zh = (
        "serials-exceed",
        "There would be more serials than pieces",
        "序列号数量超过库存数量",
    )


class SerialsMissing(DomainError):
    """`rows` names how many pieces of each SKU move, and how many serials were scanned."""

    slug, title, title_zh = (
        "serials-missing",
        "Serials of some pieces are missing",
        "部分商品缺少序列号",
    )
