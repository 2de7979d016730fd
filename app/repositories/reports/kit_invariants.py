"""Invariants of kits: they lie nowhere, hold what they are made of, and come back whole."""

from app.repositories.reports.audit import Invariant

KITS = (
    Invariant(
        "a kit consists of something, and nothing else does",
        """
        SELECT k.code, k.is_kit, c.parts FROM skus k
        LEFT JOIN (SELECT kit_id, count(*) AS parts FROM kit_components GROUP BY 1) c
            ON c.kit_id = k.id
        WHERE k.is_kit <> (c.parts IS NOT NULL)
        """,
    ),
    Invariant(
        "no kit lies in a warehouse, or is promised itself",
        """
        SELECT k.code, s.warehouse_id, s.on_hand, r.owner
        FROM skus k LEFT JOIN stock s ON s.sku_id = k.id
        LEFT JOIN reservations r ON r.sku_id = k.id AND r.state IN ('held', 'committed')
        WHERE k.is_kit AND (s.sku_id IS NOT NULL OR r.id IS NOT NULL)
        """,
    ),
    Invariant(
        "what a kit consists of was promised with it",
        """
        SELECT q.owner, q.kit_id, q.sku_id, q.quantity, r.pieces
        FROM kit_promises q
        LEFT JOIN (SELECT owner, sku_id, sum(quantity) AS pieces FROM reservations GROUP BY 1, 2) r
            USING (owner, sku_id)
        WHERE coalesce(r.pieces, 0) < q.quantity
          AND (q.owner LIKE 'order:%' OR q.owner LIKE 'return:%')
        """,
    ),
    Invariant(
        "of every kit that came back each piece is good for something",
        """
        SELECT r.number, q.kit_id, q.sku_id, q.quantity, x.resellable, x.damaged, x.scrap,
               b.resellable AS resellable_pieces, b.damaged AS damaged_pieces, b.scrap AS waste
        FROM order_return_lines x JOIN order_returns r ON r.id = x.return_id
        JOIN order_lines l ON l.id = x.order_line_id
        JOIN kit_promises q ON q.owner = 'order:' || r.order_id
            AND q.kit_id = coalesce(x.sku_id, l.sku_id)
        FULL JOIN order_return_pieces b ON b.return_id = x.return_id
            AND b.order_line_id = x.order_line_id AND b.sku_id = q.sku_id
        WHERE coalesce(b.resellable + b.damaged + b.scrap, 0)
                  IS DISTINCT FROM (x.resellable + x.damaged + x.scrap) * q.quantity
           OR coalesce(b.resellable, 0) < x.resellable * q.quantity
        """,
    ),
)
