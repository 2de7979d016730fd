"""What could go wrong with a shop's rows, each with words of the invariant that has to say so."""

from tests.e2e.after_sales_corruptions import AFTER_SALES_CORRUPTIONS
from tests.e2e.change_corruptions import CHANGE_CORRUPTIONS
from tests.e2e.charge_corruptions import CHARGE_CORRUPTIONS
from tests.e2e.collection_corruptions import COLLECTION_CORRUPTIONS
from tests.e2e.delivery_corruptions import DELIVERY_CORRUPTIONS
from tests.e2e.entry_corruptions import ENTRY_CORRUPTIONS
from tests.e2e.group_corruptions import GROUP_CORRUPTIONS
from tests.e2e.intake_corruptions import INTAKE_CORRUPTIONS
from tests.e2e.reconciliation_corruptions import RECONCILIATION_CORRUPTIONS
from tests.e2e.refund_corruptions import REFUND_CORRUPTIONS
from tests.e2e.review_corruptions import REVIEW_CORRUPTIONS
from tests.e2e.shipping_corruptions import SHIPPING_CORRUPTIONS

ENTRY = "(SELECT journal_id FROM ledger_entries LIMIT 1)"
HELD = "(SELECT id FROM ledger_accounts WHERE is_protected AND code LIKE 'balance:%:available')"
PAID = "(SELECT id FROM orders WHERE payment_status = 'paid' ORDER BY id LIMIT 1)"
_OF_ORDERS = "SELECT p.id FROM payment_plans p JOIN orders o ON o.id = p.order_id"
PAID_PLAN = f"({_OF_ORDERS} WHERE p.state = 'paid' ORDER BY p.id LIMIT 1)"
CLOSED = f"({_OF_ORDERS} WHERE p.state = 'closed')"

CORRUPTIONS = [
    *REFUND_CORRUPTIONS,
    *COLLECTION_CORRUPTIONS,
    *RECONCILIATION_CORRUPTIONS,
    *SHIPPING_CORRUPTIONS,
    *CHANGE_CORRUPTIONS,
    *CHARGE_CORRUPTIONS,
    *AFTER_SALES_CORRUPTIONS,
    *DELIVERY_CORRUPTIONS,
    *ENTRY_CORRUPTIONS,
    ("UPDATE order_hours SET placed = placed + 1 WHERE kind = 'all'", "an hour of orders"),
    ("DELETE FROM order_hours WHERE kind = 'product'", "an hour of orders"),
    (
        "INSERT INTO order_end_counts VALUES (gen_random_uuid(), 'completed', 1)",
        "over was counted once",
    ),
    *REVIEW_CORRUPTIONS,
    *INTAKE_CORRUPTIONS,
    *GROUP_CORRUPTIONS,
    (f"DELETE FROM ledger_entries WHERE journal_id = {ENTRY} AND position = 0", "sums to zero"),
    (
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE position = 0",
        "sums to zero",
    ),
    (f"DELETE FROM ledger_entries WHERE journal_id = {ENTRY}", "two legs"),
    ("DELETE FROM ledger_entries", "prepaid money of an order"),
    (
        f"UPDATE ledger_accounts SET balance_minor = balance_minor + 1 WHERE id IN {HELD}",
        "protected balance is the fold",
    ),
    (f"UPDATE ledger_accounts SET balance_minor = -1 WHERE id IN {HELD}", "below zero"),
    (
        "UPDATE ledger_entries SET currency = 'USD'",
        "in the currency of their account",
    ),
    ("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only", "refuses changes"),
    ("DROP TRIGGER ledger_entries_balance ON ledger_entries", "refuses changes"),
    ("UPDATE tenders SET amount_minor = amount_minor + 1 WHERE kind = 'balance'", "sum to the pay"),
    ("DELETE FROM tenders WHERE kind = 'gateway'", "sum to the payable"),
    (f"DELETE FROM payment_plans WHERE id = {PAID_PLAN}", "what the order costs"),
    (
        f"UPDATE tenders SET state = 'held' WHERE plan_id = {PAID_PLAN} AND kind = 'balance'",
        "captured every tender",
    ),
    (
        f"UPDATE tenders SET state = 'held' WHERE plan_id IN {CLOSED}",
        "holds nothing",
    ),
    (
        f"UPDATE tenders SET state = 'held' WHERE plan_id = {PAID_PLAN} AND kind = 'balance'",
        "held money equals",
    ),
    ("UPDATE orders SET shipping_discount_minor = 1", "reduced by what its promotions took"),
    (
        "UPDATE order_lines SET is_gift = true, promotion_id = order_id",
        "a gift costs nothing and is a use",
    ),
    ("UPDATE promotion_uses SET amount_minor = 0", "reduced by what its promotions took"),
    (
        f"UPDATE tenders SET refunded_minor = amount_minor WHERE plan_id = {PAID_PLAN}",
        "gives back no more",
    ),
    ("UPDATE refunds SET amount_minor = amount_minor + 1", "sum of its parts"),
    (f"DELETE FROM payment_receipts WHERE plan_id = {PAID_PLAN}", "has its receipt"),
    ("UPDATE payment_receipts SET amount_minor = amount_minor + 1", "amount of its tender"),
    (
        "UPDATE payment_receipts SET outcome = 'suspense' WHERE outcome = 'captured'",
        "suspense holds",
    ),
    (
        f"UPDATE payment_plans SET state = 'awaiting' WHERE id = {PAID_PLAN}",
        "prepaid money of an order",
    ),
    (
        f"UPDATE payment_attempts SET state = 'pending' WHERE plan_id = {PAID_PLAN}",
        "no open attempt",
    ),
    (
        "UPDATE payment_attempts SET created_at = now() - interval '5 days'",
        "for days without",
    ),
    (
        "UPDATE ledger_accounts SET balance_minor = 1000000 WHERE kind = 'gift_card'",
        "between nothing and its face",
    ),
    ("UPDATE points_lots SET remaining = remaining + 1, quantity = quantity + 1", "lots of points"),
    ("DELETE FROM points_uses", "draws on lots"),
    (f"UPDATE orders SET payable_minor = payable_minor - 1 WHERE id = {PAID}", "costs the sum"),
    (f"UPDATE orders SET tax_mode = 'exclusive' WHERE id = {PAID}", "costs the sum"),
    (f"DELETE FROM order_lines WHERE order_id = {PAID}", "has lines"),
    ("UPDATE order_units SET net_minor = net_minor + 1", "sum of its units"),
    ("UPDATE order_units SET discounts = '[]'", "price less its discounts"),
    ("UPDATE fulfilment_lines SET quantity = quantity + 1", "whole and once"),
    (f"UPDATE orders SET payment_status = 'awaiting' WHERE id = {PAID}", "what its payment plan"),
    ("UPDATE orders SET cancelled_at = NULL", "closed or given back"),
    (
        f"UPDATE orders SET state = 'cancelled', cancelled_at = now() WHERE id = {PAID}",
        "on its way back",
    ),
    ("DELETE FROM stock_movements", "movements fold"),
    ("UPDATE stock SET on_hand = on_hand + 1", "movements fold"),
    ("UPDATE stock SET damaged = damaged + 1", "movements fold"),
    ("DELETE FROM reservations WHERE state = 'committed'", "sum of open reservations"),
    ("UPDATE stock SET reserved = on_hand + 1", "more than is on hand"),
    (
        "UPDATE reservations SET state = 'held' WHERE state = 'released'",
        "keeps no stock",
    ),
    ("DELETE FROM reservations WHERE state = 'committed'", "has its stock"),
    ("UPDATE promotion_quotas SET consumed = consumed + 1", "limited promotion equal"),
    ("UPDATE promotion_quotas SET total_uses = 1, consumed = 2", "more often than allowed"),
    ("UPDATE promotion_quotas SET budget_minor = 1, consumed_minor = 2", "more often than allowed"),
    (
        "UPDATE promotion_quotas SET reserved_minor = reserved_minor + 1",
        "limited promotion equal",
    ),
    (
        "UPDATE promotion_quotas SET total_uses = NULL, budget_minor = NULL",
        "without limits counts nothing",
    ),
    ("UPDATE promotions SET approved_number = 9", "says what was approved"),
    (
        "UPDATE promotion_uses SET state = 'reserved' WHERE state = 'consumed'",
        "consumed its promotions",
    ),
    (
        f"UPDATE orders SET payment_status = 'closed' WHERE id = {PAID}",
        "a closed one has none",
    ),
    (
        "UPDATE promotion_uses SET state = 'released' WHERE state = 'consumed'",
        "in use is a use of its promotion",
    ),
    ("DELETE FROM promotion_uses WHERE state = 'consumed'", "in use is a use of its promotion"),
    ("UPDATE coupons SET order_id = NULL", "not in use names no order"),
    (
        """INSERT INTO coupons (id, promotion_id, code, state, order_id)
        SELECT gen_random_uuid(), promotion_id, 'TWICE', state, order_id FROM coupons
        WHERE order_id IS NOT NULL""",
        "one coupon of a promotion at most",
    ),
    ("UPDATE prices SET quota = sold - 1 WHERE sold > 0", "beyond its quota"),
    ("UPDATE prices SET per_member = 0 WHERE sold > 0", "beyond its quota"),
    ("UPDATE orders SET state = 'cancelled'", "keeps no quota price"),
    ("UPDATE coupons SET state = 'reserved' WHERE state = 'consumed'", "closed order keeps none"),
    ("UPDATE promotion_uses SET amount_minor = 0", "is what it took off units"),
    ("DELETE FROM replay_orders", "counted each of its orders once"),
    ("UPDATE replays SET done = done - 1", "counted each of its orders once"),
    ("UPDATE prices SET sold = sold + 1 WHERE quota IS NOT NULL", "quota price sold"),
    ("UPDATE prices SET sold = quota + 1 WHERE quota IS NOT NULL", "more than its quota"),
    ("UPDATE price_uses SET held_until = now()", "held for unpaid orders only"),
    ("UPDATE purchase_counts SET quantity = quantity - 1", "sum of its orders"),
    ("DELETE FROM purchase_uses", "sum of its orders"),
    ("UPDATE purchase_counts SET allowed = quantity - 1", "more than one may"),
    ("UPDATE promotion_days SET used = used + 1", "count its uses"),
    ("DELETE FROM promotion_days", "count its uses"),
    ("UPDATE promotion_quotas SET uses_per_member_per_day = 0", "more often a day than allowed"),
    ("UPDATE coupon_batches SET issued = issued + 1 WHERE kind = 'claim'", "gave what it counted"),
    ("UPDATE coupon_batches SET total = 0 WHERE kind = 'claim'", "gave what it counted"),
    ("UPDATE coupons SET slot = slot + 1 WHERE batch_id IS NOT NULL", "more of a batch than"),
    ("UPDATE coupon_batches SET per_member = 0", "more of a batch than"),
    (
        """UPDATE coupon_codes SET coupon_id = (
            SELECT id FROM coupons WHERE batch_id IS NULL LIMIT 1) WHERE coupon_id IS NOT NULL""",
        "gave one coupon of its batch",
    ),
    ("DELETE FROM coupon_codes WHERE coupon_id IS NULL", "has the codes it made"),
    ("UPDATE coupon_codes SET coupon_id = NULL", "batch of codes was got by one"),
    ("UPDATE price_spans SET price_minor = price_minor + 1", "is the lowest of its lists"),
    ("UPDATE spu_prices SET digest = gen_random_uuid()", "is what its prices make"),
    ("UPDATE spu_prices SET min_minor = min_minor - 1", "is what its prices make"),
    ("UPDATE spu_prices SET has_quotas = NOT has_quotas", "is what its prices make"),
    ("DELETE FROM spu_prices", "is what its prices make"),
    ("UPDATE skus SET cost_minor = 1, cost_currency = 'CNY'", "is what its prices make"),
    ("UPDATE spus SET tax_class = 'zero'", "is what its prices make"),
    ("UPDATE price_lists SET blocks_promotions = true", "is what its prices make"),
    ("UPDATE prices SET per_member = 1 WHERE per_member = 2", "is what its prices make"),
    ("DELETE FROM price_spans", "is the lowest of its lists"),
    ("UPDATE price_spans SET valid_to = 'infinity'", "one price at a time"),
    ("UPDATE exchange_offers SET sold = sold + 1", "taken as often as its uses say"),
    ("UPDATE exchange_uses SET quantity = quantity + 1", "uses the offers its lines name"),
    ("UPDATE exchange_uses SET released_at = now()", "uses the offers its lines name"),
    ("UPDATE tenders SET exchange_points = 0", "are paid in points"),
    ("UPDATE bargain_cuts SET amount_minor = amount_minor + 1", "fell by the sum of its cuts"),
    ("DELETE FROM bargain_cuts WHERE position = 1", "fell by the sum of its cuts"),
    ("UPDATE bargains SET cuts_made = cuts_made - 1", "fell by the sum of its cuts"),
    ("UPDATE bargains SET finished_at = NULL", "finished by its last cut, at its floor"),
    ("UPDATE bargains SET start_minor = start_minor + 1", "finished by its last cut, at its floor"),
    (
        """UPDATE bargain_cuts c SET member_id = b.member_id FROM bargains b
        WHERE b.id = c.bargain_id AND c.position = 1""",
        "nobody cuts their own price",
    ),
    ("UPDATE bargain_activities SET sold = sold + 1", "as often as its bargains are ordered"),
    ("UPDATE bargains SET order_id = NULL", "has the bargains its lines name"),
    ("UPDATE order_lines SET bargain_id = NULL", "has the bargains its lines name"),
    ("UPDATE check_ins SET points = points + 1", "check-in are a lot of their own"),
    ("DELETE FROM check_ins", "check-in are a lot of their own"),
    ("UPDATE check_ins SET streak = 2", "counts the days in a row"),
    ("UPDATE lottery_prizes SET odds_ppm = odds_ppm + 1", "sum to a million"),
    ("UPDATE lottery_prizes SET is_consolation = false", "one prize is the consolation"),
    ("UPDATE lottery_prizes SET won = won + 1 WHERE stock IS NOT NULL", "as often as draws say"),
    ("UPDATE lottery_prizes SET won = 1 WHERE stock IS NULL", "as often as draws say"),
    ("UPDATE lottery_prizes SET stock = won - 1 WHERE won > 0", "no more than there are"),
    ("UPDATE lottery_draws SET roll = 1000000", "what its roll fell on"),
    ("UPDATE lottery_draws SET rolled_id = prize_id WHERE is_fallback", "what its roll fell on"),
    ("UPDATE lottery_draws SET points = points + 1 WHERE points > 0", "those of its prize"),
    ("DELETE FROM points_lots WHERE source LIKE 'lottery:%'", "as a lot of their own"),
    ("UPDATE lottery_draws SET points_cost = points_cost + 1", "was taken from its member"),
    ("DELETE FROM ledger_journals WHERE key LIKE 'spend:%'", "was taken from its member"),
    (
        f"UPDATE payment_plans SET in_review = true WHERE id IN {PAID_PLAN}",
        "a matter of it is open",
    ),
    ("UPDATE coupons SET member_id = NULL WHERE origin LIKE 'lottery:%'", "is its member's"),
    ("DELETE FROM lottery_draws WHERE coupon_id IS NOT NULL", "is its member's"),
    ("UPDATE lottery_draws SET number = number + 10", "every draw is counted"),
    ("UPDATE lotteries SET draws_per_day = 1", "more often than one may"),
    ("ALTER TABLE lottery_draws DISABLE TRIGGER lottery_draws_append_only", "refuses changes"),
    (
        """WITH gone AS (UPDATE staff SET is_active = false RETURNING id)
        UPDATE login_sessions SET audience = 'admin', subject_id = (SELECT id FROM gone LIMIT 1)""",
        "disabled member of staff",
    ),
    (
        """INSERT INTO operation_log_seals (id, first_seq, last_seq, row_count, previous_hash, hash)
        SELECT gen_random_uuid(), n, n, 1, 'no ' || n, 'one ' || n
        FROM generate_series(1, 2) n""",
        "form one chain",
    ),
    (
        "UPDATE prices SET change_ats = ARRAY[now() + interval '1 day'], change_minors = ARRAY[1]",
        "every planned change comes",
    ),
    (
        "UPDATE prices SET change_ats = ARRAY[now(), now()], change_minors = ARRAY[1, 2]",
        "stand in order of time",
    ),
    (
        "UPDATE outbox SET created_at = now() - interval '1 hour', state = 'pending', attempts = 0",
        "outbox is drained",
    ),
    ("DELETE FROM outbox WHERE name = 'orders.placed.v1'", "was announced"),
]
