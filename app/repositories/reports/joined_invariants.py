"""Invariants of parcels that travel as one."""

from app.repositories.reports.audit import Invariant

JOINED = (
    Invariant(
        "parcels that travel as one go one way and leave together",
        """
        SELECT s.number, j.number AS joined_to, s.state, j.state AS its_state
        FROM shipments s JOIN shipments j ON j.id = s.joined_to
        WHERE j.joined_to IS NOT NULL OR s.order_id = j.order_id OR s.state = 'void'
           OR j.state = 'void' OR s.tracking_number IS NOT NULL
           OR (s.member_id, s.merchant_id, s.warehouse_id, s.carrier_code)
              <> (j.member_id, j.merchant_id, j.warehouse_id, j.carrier_code)
           OR (s.state = 'prepared') <> (j.state = 'prepared')
        """,
    ),
)
