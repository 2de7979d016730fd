"""Replaying placed orders with other promotions. Pure functions of what was frozen and read."""

from app.services.promotions.engine import Goods, PlacedOrder, Unquotable, named_in
from app.services.promotions.engine.funding import FUNDERS, shares_of
from app.services.reports.engine.buckets import Bar, bars_of, bucket_of, edges_of
from app.services.reports.engine.chart import draw
from app.services.reports.engine.figures import Margin, Side, side_of
from app.services.reports.engine.page import PAGE_POLICY, Cover, render
from app.services.reports.engine.replaying import Facts, Outcome, Trial, replay
from app.services.reports.engine.spending import DayLimits, Spending
from app.services.reports.engine.summary import Summary, summarise
from app.services.reports.engine.tally import Tally

__all__ = [
    "FUNDERS",
    "PAGE_POLICY",
    "Bar",
    "Cover",
    "DayLimits",
    "Facts",
    "Goods",
    "Margin",
    "Outcome",
    "PlacedOrder",
    "Side",
    "Spending",
    "Summary",
    "Tally",
    "Trial",
    "Unquotable",
    "bars_of",
    "bucket_of",
    "draw",
    "edges_of",
    "named_in",
    "render",
    "replay",
    "shares_of",
    "side_of",
    "summarise",
]
