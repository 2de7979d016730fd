"""CRM: what brings shoppers back."""

from app.services.crm.check_in import Calendar, CheckedIn, calendar, check_in
from app.services.crm.check_in_plans import (
    DEFAULT_ZONE,
    CheckInTerms,
    create_check_in_plan,
    edit_check_in_plan,
    get_check_in_plan,
    list_check_in_plans,
)
from app.services.crm.drawing import (
    LotteryTotals,
    ShownLottery,
    draw,
    list_draws,
    list_my_draws,
    lottery_totals,
    show_lottery,
)
from app.services.crm.errors import (
    DrawsUsedUp,
    IllegalLotteryStatus,
    InvalidLottery,
    LotteryNotOpen,
)
from app.services.crm.lotteries import (
    LotteryTerms,
    LotteryView,
    PrizeTerms,
    activate_lottery,
    create_lottery,
    edit_lottery,
    end_lottery,
    get_lottery,
    list_lotteries,
)

__all__ = [
    "DEFAULT_ZONE",
    "Calendar",
    "CheckInTerms",
    "CheckedIn",
    "DrawsUsedUp",
    "IllegalLotteryStatus",
    "InvalidLottery",
    "LotteryNotOpen",
    "LotteryTerms",
    "LotteryTotals",
    "LotteryView",
    "PrizeTerms",
    "ShownLottery",
    "activate_lottery",
    "calendar",
    "check_in",
    "create_check_in_plan",
    "create_lottery",
    "draw",
    "edit_check_in_plan",
    "edit_lottery",
    "end_lottery",
    "get_check_in_plan",
    "get_lottery",
    "list_check_in_plans",
    "list_draws",
    "list_lotteries",
    "list_my_draws",
    "lottery_totals",
    "show_lottery",
]
