"""Titles and invoices."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

_TITLE = "id, member_id, kind, name, tax_number, email, address, phone, bank, bank_account, version"
_INVOICE = """
    SELECT i.id, i.order_id, i.member_id, i.merchant_id, i.charge_id, i.kind, i.state,
        i.reverses_id, i.title, i.currency, i.amount_minor, i.tax_minor, i.document_number,
        i.document_url, i.issued_at, i.settled_by, i.reason, i.version,
        i.created_at, i.provider, i.request_number, i.tries,
        i.ofd_url, i.next_title, o.number AS order_number,
        (SELECT m.code FROM merchants m WHERE m.id = i.merchant_id) AS merchant_code,
        (SELECT jsonb_agg(jsonb_build_object(
            'line_id', l.line_id, 'name', coalesce(n.name, 'shipping'), 'sku_code', n.sku_code,
            'quantity', l.quantity, 'amount_minor', l.amount_minor, 'tax_minor', l.tax_minor,
            'tax_rate_bps', l.tax_rate_bps) ORDER BY l.position)
         FROM invoice_lines l LEFT JOIN order_lines n ON n.id = l.line_id
         WHERE l.invoice_id = i.id) AS lines
    FROM invoices i JOIN orders o ON o.id = i.order_id
"""
_JSON: Final = {"title": JSONB, "next_title": JSONB, "lines": JSONB}
_ADD = text("""
    WITH made AS (
        INSERT INTO invoices
            (id, order_id, member_id, merchant_id, charge_id, kind, reverses_id, title,
             currency, amount_minor, tax_minor, next_title)
        VALUES (:id, :order_id, :member_id, CAST(:merchant_id AS uuid),
            CAST(:charge_id AS uuid), :kind, :reverses_id,
            CAST(:title AS jsonb), :currency, :amount_minor, :tax_minor,
            CAST(:next_title AS jsonb)))
    INSERT INTO invoice_lines
        (invoice_id, position, line_id, quantity, amount_minor, tax_minor, tax_rate_bps)
    SELECT :id, l.* FROM unnest(CAST(:positions AS smallint[]), CAST(:lines AS uuid[]),
        CAST(:quantities AS integer[]), CAST(:amounts AS bigint[]), CAST(:taxes AS bigint[]),
        CAST(:rates AS integer[])) AS l
""")
# The surcharge of a zone is in the fee. What has no freight template has no fee of its own.
_SELLERS = text("""
    SELECT l.id AS line_id, l.merchant_id,
        (SELECT CAST(coalesce(sum(CAST(e->>'fee_minor' AS bigint)), 0) AS bigint)
         FROM jsonb_array_elements(CASE WHEN jsonb_typeof(o.delivery->'freight') = 'array'
                                        THEN o.delivery->'freight' ELSE '[]' END) e
         WHERE e->>'merchant_id' = CAST(l.merchant_id AS text)) AS fee_minor
    FROM order_lines l JOIN orders o ON o.id = l.order_id
    WHERE l.order_id = :order_id ORDER BY l.position
""")
_WISH = text("""
    SELECT member_id, invoice FROM orders WHERE id = :order_id AND invoice IS NOT NULL
""").columns(invoice=JSONB)
# Callers hold the row and know its state; `pending` is left only with what became of it.
_SETTLE = text("""
    UPDATE invoices
    SET state = CAST(:state AS text), document_number = :number, document_url = :url,
        ofd_url = :ofd_url,
        issued_at = CASE WHEN CAST(:state AS text) = 'issued' THEN now() END, settled_by = :actor,
        reason = :reason, next_try_at = NULL, version = version + 1, updated_at = now()
    WHERE id = :id AND state IN ('requested', 'pending', 'failed')
""")
_SENT = """
    state = 'pending', provider = :provider, requests = requests + 1, tries = 0,
    request_number = replace(id::text, '-', '') || '-' || (requests + 1), next_try_at = now(),
    reason = NULL, version = version + 1, updated_at = now()
"""
_SEND = text(f"UPDATE invoices SET {_SENT} WHERE id = :id")
_SEND_NEW = text(f"""
    UPDATE invoices SET {_SENT}
    WHERE id IN (
        SELECT id FROM invoices
        WHERE state = 'requested' AND kind = ANY(CAST(:kinds AS text[]))
        ORDER BY id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
""")
_DUE = text("""
    UPDATE invoices SET tries = tries + 1,
        next_try_at = now() + make_interval(secs => :query_after * (2 ^ least(tries, 8)))
    WHERE id IN (
        SELECT id FROM invoices
        WHERE state = 'pending' AND provider = :provider AND next_try_at <= now()
        ORDER BY next_try_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
""")
_NOTE = text("""
    UPDATE invoices SET reason = :reason, version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'pending' AND reason IS DISTINCT FROM :reason
""")


class InvoiceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def titles(self, member_id: UUID) -> list[RowMapping]:
        """The newest first."""
        found = await self._session.execute(
            text(f"SELECT {_TITLE} FROM invoice_titles WHERE member_id = :id ORDER BY id DESC"),
            {"id": member_id},
        )
        return list(found.mappings())

    async def title(self, member_id: UUID, title_id: UUID) -> RowMapping | None:
        found = await self._session.execute(
            text(f"SELECT {_TITLE} FROM invoice_titles WHERE id = :id AND member_id = :member_id"),
            {"id": title_id, "member_id": member_id},
        )
        return found.mappings().first()

    async def add_title(self, row: Mapping[str, Any], *, most: int) -> bool:
        """Add a title unless the member has `most` already."""
        found = await self._session.execute(
            text("""
                INSERT INTO invoice_titles (id, member_id, kind, name, tax_number, email,
                    address, phone, bank, bank_account)
                SELECT :id, :member_id, :kind, :name, :tax_number, :email,
                    CAST(:address AS varchar), CAST(:phone AS varchar), CAST(:bank AS varchar),
                    CAST(:bank_account AS varchar)
                WHERE (SELECT count(*) FROM invoice_titles WHERE member_id = :member_id) < :most
                RETURNING id
            """),
            dict(row) | {"most": most},
        )
        return found.first() is not None

    async def delete_title(self, member_id: UUID, title_id: UUID) -> bool:
        found = await self._session.execute(
            text(
                "DELETE FROM invoice_titles WHERE id = :id AND member_id = :member_id RETURNING id"
            ),
            {"id": title_id, "member_id": member_id},
        )
        return found.first() is not None

    async def find(self, invoice_id: UUID, *, lock: bool = False) -> RowMapping | None:
        """An invoice with its lines, locked if so wished."""
        query = f"{_INVOICE} WHERE i.id = :id {'FOR NO KEY UPDATE OF i' if lock else ''}"
        found = await self._session.execute(text(query).columns(**_JSON), {"id": invoice_id})
        return found.mappings().first()

    async def order_of(self, invoice_id: UUID) -> UUID | None:
        query = text("SELECT order_id FROM invoices WHERE id = :id")
        found: UUID | None = await self._session.scalar(query, {"id": invoice_id})
        return found

    async def of_order(self, order_id: UUID, *, lock: bool = False) -> list[RowMapping]:
        """Invoices of an order, oldest first, locked if so wished."""
        locked = "FOR NO KEY UPDATE OF i" if lock else ""
        query = text(f"{_INVOICE} WHERE i.order_id = :id ORDER BY i.id {locked}")
        found = await self._session.execute(query.columns(**_JSON), {"id": order_id})
        return list(found.mappings())

    async def sellers(self, order_id: UUID) -> list[RowMapping]:
        """Who sells each line of an order, in their order, and what freight came to for them."""
        return list((await self._session.execute(_SELLERS, {"order_id": order_id})).mappings())

    async def wish(self, order_id: UUID) -> RowMapping | None:
        """What was said at the order of its invoice; None where nothing was."""
        return (await self._session.execute(_WISH, {"order_id": order_id})).mappings().first()

    async def page(self, *, after: UUID | None, limit: int, **wanted: Any) -> list[Row[Any]]:
        """Invoices, the newest first, in a `state`, of a `merchant_id`, of an `order_id`."""
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [before("i.id"), *(f"i.{name} = :{name}" for name in sorted(values))]
        query = text(
            f"{_INVOICE} WHERE {' AND '.join(conditions)} ORDER BY i.id DESC LIMIT {int(limit)}"
        ).columns(**_JSON)
        return list(await self._session.execute(query, values | {"after": after}))

    async def add(
        self, row: Mapping[str, Any], lines: Sequence[tuple[UUID | None, int, int, int, int]]
    ) -> None:
        names = ("lines", "quantities", "amounts", "taxes", "rates")
        columns: dict[str, Any] = {
            name: [each[i] for each in lines] for i, name in enumerate(names)
        }
        columns["positions"] = list(range(1, len(lines) + 1))
        await self._session.execute(_ADD, dict(row) | columns)

    async def settle(
        self,
        invoice_id: UUID,
        state: str,
        *,
        actor: str | None,
        number: str | None = None,
        url: str | None = None,
        ofd_url: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Issue, reject, withdraw or fail what is asked for. The caller has locked it."""
        await self._session.execute(
            _SETTLE,
            {
                "id": invoice_id,
                "state": state,
                "number": number,
                "url": url,
                "ofd_url": ofd_url,
                "actor": actor,
                "reason": reason,
            },
        )

    async def send(self, invoice_id: UUID, *, provider: str) -> None:
        """Leave an invoice to a provider, under a new number. The caller has locked it."""
        await self._session.execute(_SEND, {"id": invoice_id, "provider": provider})

    async def send_new(self, kinds: Sequence[str], *, provider: str, limit: int) -> None:
        """Leave what is asked for to a provider; what somebody else is at is left out."""
        parameters = {"kinds": list(kinds), "provider": provider, "limit": limit}
        await self._session.execute(_SEND_NEW, parameters)

    async def due(self, *, provider: str, query_after_seconds: float, limit: int) -> list[UUID]:
        """Claim what a provider is to be asked about now; each is claimed by one caller."""
        parameters = {"provider": provider, "query_after": query_after_seconds, "limit": limit}
        return list((await self._session.execute(_DUE, parameters)).scalars())

    async def note(self, invoice_id: UUID, reason: str) -> None:
        """Say why what is pending needs people. Its state is left as it is."""
        await self._session.execute(_NOTE, {"id": invoice_id, "reason": reason})
