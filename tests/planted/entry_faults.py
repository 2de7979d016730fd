"""Guards of entered orders removed: prices, approvals, links to pay by, goods handed out."""

from tests.planted.fault import Fault, fault

DESK_SERVICE = "app/services/cart/desk.py"
LINES = "app/repositories/cart/lines.py"
LINKS = "app/services/orders/entry/links.py"
HANDOUTS = "app/services/orders/entry/handouts.py"
PLACE = "app/repositories/orders/place.py"
TESTS = "tests/integration/orders"
AGREED = f"{TESTS}/test_agreed.py"
DESK = f"{TESTS}/test_desk.py"
LINK_TESTS = f"{TESTS}/test_payment_links.py"
HANDOUT_TESTS = f"{TESTS}/test_handouts.py"
RACES = f"{TESTS}/test_races.py"
REPLAYS = "tests/integration/reports/test_replays.py"

ENTRY_FAULTS: tuple[Fault, ...] = (
    fault(
        "agreed prices may be below the floor",
        "app/services/pricing/agreed.py",
        "    if below:\n",
        "    if not lines:\n",
        f"{AGREED}::test_floors_hold_unless_somebody_may_undercut_them",
        needs_database=True,
    ),
    fault(
        "agreed prices above the list are forgotten by replays",
        "app/services/promotions/engine/placed.py",
        "asked=None if agreed is None else PriceOption(AGREED, agreed, blocks=BLOCK_ALL)",
        "asked=None",
        f"{REPLAYS}::test_prices_that_were_agreed_on_are_quoted_as_they_were",
        needs_database=True,
    ),
    fault(
        "a reference is entered as often as it is sent",
        PLACE,
        "    ON CONFLICT (source, reference) WHERE reference IS NOT NULL DO NOTHING\n",
        "",
        f"{RACES}::test_a_reference_entered_twice_at_once_is_one_order",
        needs_database=True,
    ),
    fault(
        "orders are placed at prices nobody approved",
        "app/services/orders/place.py",
        "    cart.require_approved(snapshot, quoted)\n",
        "",
        f"{DESK}::test_beyond_their_limit_another_has_to_approve",
        needs_database=True,
    ),
    fault(
        "clerks approve of their own prices",
        DESK_SERVICE,
        "    actor.require_other_than(agreed_by)\n",
        "",
        f"{DESK}::test_nobody_approves_of_themselves",
        needs_database=True,
    ),
    fault(
        "an approval covers what was put in later",
        LINES,
        "    agreed_approver = NULL,\n",
        "",
        f"{DESK}::test_what_was_approved_is_what_was_seen",
        needs_database=True,
    ),
    fault(
        "an approval covers more pieces",
        LINES,
        "coalesce(CAST(:quantity AS int), l.quantity) <= l.quantity\n",
        "coalesce(CAST(:quantity AS int), l.quantity) > 0\n",
        f"{DESK}::test_what_was_approved_is_what_was_seen",
        needs_database=True,
    ),
    fault(
        "an approval covers another price",
        LINES,
        ' agreed_alone_bps = CAST(:alone_bps AS int), agreed_approver = NULL"',
        ' agreed_alone_bps = CAST(:alone_bps AS int)"',
        f"{DESK}::test_what_was_approved_is_what_was_seen",
        needs_database=True,
    ),
    fault(
        "an approval is of a cart nobody looked at",
        DESK_SERVICE,
        "    if now != version + 1:\n",
        "    if now < 0:\n",
        f"{DESK}::test_beyond_their_limit_another_has_to_approve",
        needs_database=True,
    ),
    fault(
        "anything may be taken off",
        DESK_SERVICE,
        "    if taken > discretion.most_bps:\n",
        "    if taken < 0:\n",
        f"{DESK}::test_floors_and_the_most_are_nobodys_to_break",
        needs_database=True,
    ),
    fault(
        "shoppers find the carts of the desk",
        "app/repositories/cart/carts.py",
        "OPEN = \"state IN ('open', 'open_group')\"\n",
        "OPEN = \"state IN ('open', 'open_group', 'open_entry')\"\n",
        f"{DESK}::test_the_cart_is_nobody_elses",
        needs_database=True,
    ),
    fault(
        "the desk finds the carts of shoppers",
        "app/repositories/cart/carts.py",
        "ENTERED = \"state = 'open_entry'\"\n",
        "ENTERED = \"state IN ('open', 'open_entry')\"\n",
        f"{DESK}::test_the_cart_is_nobody_elses",
        needs_database=True,
    ),
    fault(
        "a revoked link is opened",
        LINKS,
        '    if row["revoked_at"] is not None:\n',
        "    if row is None:\n",
        f"{LINK_TESTS}::test_d27_paid_cancelled_revoked_and_over_are_told_apart",
        needs_database=True,
    ),
    fault(
        "a link that is over is opened",
        LINKS,
        '    if row["is_expired"]:\n',
        "    if row is None:\n",
        f"{LINK_TESTS}::test_d27_paid_cancelled_revoked_and_over_are_told_apart",
        needs_database=True,
    ),
    fault(
        "a link outlives what its order waits for",
        "app/repositories/orders/payment_links.py",
        "least(o.expires_at, now() + make_interval(secs => :seconds))",
        "(now() + make_interval(secs => :seconds))",
        f"{LINK_TESTS}::test_it_lasts_no_longer_than_the_order_waits",
        needs_database=True,
    ),
    fault(
        "links are made of an order nobody locked",
        "app/repositories/orders/axes.py",
        "FROM orders WHERE id = :order_id{scope} FOR UPDATE\n",
        "FROM orders WHERE id = :order_id{scope}\n",
        f"{RACES}::test_two_links_made_at_once_leave_one",
        needs_database=True,
    ),
    fault(
        "links are guessed without end",
        "app/routers/orders/links.py",
        '@router.post("/open", dependencies=[TRIES], ',
        '@router.post("/open", ',
        f"{TESTS}/test_payment_link_tries.py",
        needs_database=True,
    ),
    fault(
        "people approve of what they hand out",
        HANDOUTS,
        "        actor.require_other_than(row.made_by)\n",
        "        pass\n",
        f"{HANDOUT_TESTS}::test_nobody_approves_their_own",
        needs_database=True,
    ),
    fault(
        "a handout is decided by two at once",
        HANDOUTS,
        "get(handout_id, lock=True)",
        "get(handout_id)",
        f"{RACES}::test_a_handout_approved_and_placed_at_once_is_handed_out_once",
        needs_database=True,
    ),
    fault(
        "what waits is handed out",
        "app/services/orders/entry/hand_out.py",
        "        act(view.row.state, HandoutAction.PLACE)\n",
        "",
        f"{HANDOUT_TESTS}::test_what_costs_much_waits_for_another",
        needs_database=True,
    ),
    fault(
        "what is given away is counted as sold",
        "app/repositories/reports/order_folds.py",
        " AND o.kind = 'sale'",
        "",
        "tests/integration/reports/test_order_statistics.py::test_what_is_given_away_is_no_sale",
        needs_database=True,
    ),
    fault(
        "who was given something has bought before",
        "app/repositories/promotions/candidates.py",
        "AND o.kind = 'sale'",
        "",
        f"{HANDOUT_TESTS}::test_who_was_given_something_has_not_bought_yet",
        needs_database=True,
    ),
    fault(
        "what is given away costs nobody",
        "app/repositories/orders/rows.py",
        "AND (l.is_gift OR o.kind <> 'sale')",
        "AND l.is_gift",
        "tests/integration/finance/test_handouts.py",
        needs_database=True,
    ),
    fault(
        "what is given away is borne by whoever bears all else",
        "app/repositories/finance/costs.py",
        "WHERE o.id = c.order_id AND c.kind = 'gift')",
        "WHERE o.id = c.order_id AND c.kind = 'no')",
        "tests/integration/finance/test_handouts.py",
        needs_database=True,
    ),
)
