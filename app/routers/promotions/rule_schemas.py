"""What promotions can be configured with, as schemas."""

from app.routers.declared import Router
from app.routers.promotions.admin import Reader
from app.schemas.promotion_templates import RuleSchemasOut
from app.services import promotions

router = Router(prefix="/promotion-schemas", tags=["promotions"])


@router.get("")
async def get_promotion_schemas(actor: Reader) -> RuleSchemasOut:
    """The JSON schema of every action and condition, of scopes and terms of sharing."""
    return RuleSchemasOut(**promotions.rule_schemas())
