"""Orders in the database: writing them, moving them, reading them."""

from app.repositories.orders.after_sales import AfterSalesRepository, AskedLine
from app.repositories.orders.arrival import ArrivalRepository
from app.repositories.orders.axes import AxesRepository
from app.repositories.orders.carrier_costs import CarrierCostRepository
from app.repositories.orders.carriers import CarrierRepository
from app.repositories.orders.change_freight import ChangeFreightRepository
from app.repositories.orders.changes import ChangeRepository
from app.repositories.orders.charges import ChargeRepository
from app.repositories.orders.ended import EndedRepository
from app.repositories.orders.entry import EntryRepository
from app.repositories.orders.fewer import FewerRepository
from app.repositories.orders.filters import OrderFilter
from app.repositories.orders.handouts import HandoutRepository
from app.repositories.orders.holds import HoldRepository
from app.repositories.orders.labels import LabelRepository
from app.repositories.orders.lists import Counted, Listed, ListReader
from app.repositories.orders.parcel_care import ParcelCareRepository
from app.repositories.orders.payment_links import PaymentLinkRepository
from app.repositories.orders.pickup_codes import PickupCodeRepository
from app.repositories.orders.place import PlaceRepository
from app.repositories.orders.read import OrderReader
from app.repositories.orders.refund_facts import RefundFactsRepository
from app.repositories.orders.regroup import RegroupRepository
from app.repositories.orders.resend import ResendRepository, Resent
from app.repositories.orders.return_lines import ReturnLineRepository
from app.repositories.orders.review_facts import ReviewFactsRepository
from app.repositories.orders.review_rules import ReviewRuleRepository
from app.repositories.orders.reviews import OrderReviewRepository
from app.repositories.orders.rows import RowRepository
from app.repositories.orders.shipping import ShippingRepository
from app.repositories.orders.swaps import SwapRepository
from app.repositories.orders.watches import WatchRepository

__all__ = [
    "AfterSalesRepository",
    "ArrivalRepository",
    "AskedLine",
    "AxesRepository",
    "CarrierCostRepository",
    "CarrierRepository",
    "ChangeFreightRepository",
    "ChangeRepository",
    "ChargeRepository",
    "Counted",
    "EndedRepository",
    "EntryRepository",
    "FewerRepository",
    "HandoutRepository",
    "HoldRepository",
    "LabelRepository",
    "ListReader",
    "Listed",
    "OrderFilter",
    "OrderReader",
    "OrderReviewRepository",
    "ParcelCareRepository",
    "PaymentLinkRepository",
    "PickupCodeRepository",
    "PlaceRepository",
    "RefundFactsRepository",
    "RegroupRepository",
    "ResendRepository",
    "Resent",
    "ReturnLineRepository",
    "ReviewFactsRepository",
    "ReviewRuleRepository",
    "RowRepository",
    "ShippingRepository",
    "SwapRepository",
    "WatchRepository",
]
