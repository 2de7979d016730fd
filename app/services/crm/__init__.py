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

__all__ = [
    "DEFAULT_ZONE",
    "Calendar",
    "CheckInTerms",
    "CheckedIn",
    "calendar",
    "check_in",
    "create_check_in_plan",
    "edit_check_in_plan",
    "get_check_in_plan",
    "list_check_in_plans",
]
