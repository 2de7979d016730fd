"""How events are sent to systems of merchants."""

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork

from app.core.security.egress import LOOPBACK, Egress


class WebhookSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_networks: list[IPvAnyNetwork] | None = Field(
        default=None,
        description="Networks besides the public internet that endpoints may be in; there http and"
        " any port will do. Null: this machine only, and nothing in production.",
    )
    ports: list[int] = Field(
        default=[443, 8443], description="Ports of the public internet that are connected to."
    )
    timeout_seconds: float = Field(
        default=15, gt=0, le=20, description="How long an endpoint may take to answer."
    )
    parallel: int = Field(default=64, ge=2, description="Deliveries one worker has under way.")
    per_endpoint: int = Field(
        default=4, ge=1, description="Of one endpoint, by all workers; one while it fails."
    )

    def egress(self, *, is_production: bool) -> Egress:
        """Which addresses that merchants name are connected to."""
        named = self.allowed_networks
        if named is None:
            return Egress(() if is_production else LOOPBACK, frozenset(self.ports))
        return Egress(tuple(named), frozenset(self.ports))
