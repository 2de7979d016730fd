"""Faults of the engines: what somebody could write and believe right."""

from tests.planted.fault import Edit, Fault, fault

PROMOTIONS = "app/services/promotions/engine"
ACTIONS = f"{PROMOTIONS}/actions"
BEST = "tests/property/test_edges.py::test_the_choice_is_the_best_of_all_sets"
COMMON = "tests/property/test_promotions_choice.py::test_the_common_case_equals_brute_force_too"
PRIORITY = "tests/property/test_edges.py::test_by_priority_nothing_earlier_is_lost"
UNITS = (
    "tests/property/test_edges.py"
    "::test_units_stay_between_floor_and_price_and_bear_only_what_may_meet"
)
SPLITTING = (
    "tests/property/test_edges.py"
    "::test_every_cent_lies_where_it_did_when_lines_are_split_and_joined"
)
GROUPS = "tests/unit/promotions/test_groups.py"
GIFTS = "tests/unit/promotions/test_gifts_and_fees.py"
REMEMBERED = "tests/unit/promotions/test_remembered.py"
REFUNDS = "tests/unit/promotions/test_refunds.py"

ENGINE_FAULTS: tuple[Fault, ...] = (
    fault(
        "a quote is remembered beyond the end of a window",
        "app/services/promotions/remembered.py",
        "context.at < self.until",
        "context.at <= self.until",
        f"{REMEMBERED}::test_time_alone_makes_another_quote_at_an_edge",
    ),
    fault(
        "a quote is remembered although what is left of a promotion changed",
        "app/services/promotions/remembered.py",
        "            and self.promotions == promotions\n",
        "            and [p.id for p in self.promotions] == [p.id for p in promotions]\n",
        f"{REMEMBERED}::test_anything_else_is_worked_out",
    ),
    fault(
        "tie broken by the lower priority",
        f"{PROMOTIONS}/merit.py",
        "sorted({-member.promotion.priority for member in members}, reverse=True)",
        "sorted({-member.promotion.priority for member in members})",
        BEST,
    ),
    fault(
        "tie broken by the larger number of coupons",
        f"{PROMOTIONS}/merit.py",
        "member.merit = gain - one_more - (coupon if member.is_consumable else 0)",
        "member.merit = gain - one_more + (coupon if member.is_consumable else 0)",
        BEST,
    ),
    fault(
        "consent of one side is enough",
        f"{PROMOTIONS}/compatibility.py",
        "_shares_stage(a, b) and _shares_stage(b, a)",
        "(_shares_stage(a, b) or _shares_stage(b, a))",
        "tests/unit/promotions/test_compatibility.py",
    ),
    fault(
        "not_with needs both sides",
        f"{PROMOTIONS}/compatibility.py",
        "if _names(one.not_with, b) or _names(two.not_with, a):",
        "if _names(one.not_with, b) and _names(two.not_with, a):",
        "tests/unit/promotions/test_compatibility.py",
    ),
    fault(
        "promotions of a stage work one after another",
        f"{PROMOTIONS}/amounts.py",
        "    raw = raw_minor(pick, entry)\n    if raw:",
        "    raw = raw_minor(pick, state)\n    if raw:",
        "tests/unit/promotions",
    ),
    fault(
        "floors ignored",
        f"{PROMOTIONS}/board.py",
        "floors.append(min(max(line.floor_minor, cap_floor), price))",
        "floors.append(0)",
        UNITS,
    ),
    fault(
        "cap floor rounded down",
        f"{PROMOTIONS}/board.py",
        "cap_floor = -(-line.list_minor * (10_000 - max_discount_bps) // 10_000)",
        "cap_floor = line.list_minor * (10_000 - max_discount_bps) // 10_000",
        UNITS,
    ),
    fault(
        "discounts allocated per line",
        f"{PROMOTIONS}/allocate_units.py",
        "keys = [(sku_id, -entry) for sku_id, _, entry, _ in heaps]",
        "keys = [(sku_id, -entry, at) for at, (sku_id, _, entry, _) in enumerate(heaps)]",
        SPLITTING,
    ),
    Fault(
        "qualifying units not claimed",
        (
            Edit(
                f"{PROMOTIONS}/spreading.py",
                "    for ref, count, off in targets:\n        noted =",
                "    for ref, count, off in (t for t in targets if t[2]):\n        noted =",
            ),
            Edit(
                f"{PROMOTIONS}/claims.py",
                "                for pile, count, _ in parts:\n",
                "                for pile, count, off in parts:\n"
                "                    if not off and action_of(pick).spread == 'target':\n"
                "                        continue\n",
            ),
            Edit(
                f"{PROMOTIONS}/claims.py",
                "class Formed:\n",
                "def action_of(pick):\n    return pick.action\n\n\nclass Formed:\n",
            ),
        ),
        ("tests/unit/promotions",),
    ),
    fault(
        "pairs formed from the cheapest",
        f"{PROMOTIONS}/groups.py",
        "return -pile.entry_minor, pile.sku_id, pile.ref",
        "return pile.entry_minor, pile.sku_id, pile.ref",
        GROUPS,
    ),
    fault(
        "bundle at a loss formed",
        f"{ACTIONS}/bundles.py",
        "            if not formed or off <= 0:\n",
        "            if not formed:\n",
        GROUPS,
    ),
    fault(
        "as many groups as wanted, not as can be",
        f"{ACTIONS}/nth.py",
        "                left = None if left is None else left - formed\n\n    def bounds",
        "                left = 0\n\n    def bounds",
        GROUPS,
    ),
    fault(
        "gift counted toward its own threshold",
        f"{PROMOTIONS}/candidates.py",
        "            if entry.net_over(mask) < need:\n",
        "            gifts = self.promotion.gifts\n"
        "            if entry.net_over(mask) + sum(g.list_minor for g in gifts) < need:\n",
        f"{GIFTS}::test_a_gift_does_not_make_up_for_what_was_taken_off_before",
    ),
    fault(
        "add-on units counted toward their trigger",
        f"{PROMOTIONS}/candidates.py",
        "counted = (free if scope is None else counted) & ~self.mask",
        "counted = free if scope is None else counted",
        "tests/property/test_edges.py::test_addon_goods_never_help_to_their_own_threshold",
    ),
    fault(
        "ineligible exclusive promotion still excludes",
        f"{PROMOTIONS}/optimise.py",
        "useful = sorted((c for c in candidates if c.alone)",
        "lonely = [c for c in candidates if c.promotion.rule.stack.exclusive == 'order']\n"
        "    useful = sorted((c for c in lonely or candidates if c.alone)",
        BEST,
    ),
    fault(
        "exclusive in its stage shares after all",
        f"{PROMOTIONS}/compatibility.py",
        'if stack.exclusive == "stage" or stack.in_stage == "conflict":',
        'if stack.in_stage == "conflict":',
        BEST,
        "tests/unit/promotions/test_compatibility.py",
    ),
    fault(
        "promotion without effect applied",
        f"{PROMOTIONS}/amounts.py",
        "        if amount:\n            state.take(Taking",
        "        if amount >= 0:\n            state.take(Taking",
        PRIORITY,
    ),
    fault(
        "blocked units counted and discounted",
        f"{PROMOTIONS}/board.py",
        'known = self.everything & ~self.carrying("blocks", ("*", stage))',
        "known = self.everything",
        UNITS,
    ),
    fault(
        "spare cents to the smaller weight",
        "app/core/money.py",
        "ties.append((-weights[i], keys[i], i))",
        "ties.append((weights[i], keys[i], i))",
        "tests/property/test_allocate.py",
    ),
    fault(
        "capped share not passed on",
        "app/core/money.py",
        "    while capped := [i for i, weight in enumerate(weights)",
        "    if capped := [i for i, weight in enumerate(weights)",
        "tests/property/test_allocate.py",
    ),
    fault(
        "priority keeps a promotion that drops an earlier one",
        f"{PROMOTIONS}/optimise.py",
        "if len(applied(evaluator.final([*kept, candidate]))) == len(kept) + 1:",
        "if any(t.candidate == candidate.index"
        " for t in applied(evaluator.final([*kept, candidate]))):",
        PRIORITY,
    ),
    fault(
        "budget not looked at",
        f"{PROMOTIONS}/eligibility.py",
        "if budget is not None and amount > budget:",
        "if budget is not None and amount > budget + 1:",
        "tests/property/test_edges.py::test_a_budget_a_cent_short_of_the_saving_is_refused",
    ),
    fault(
        "used up promotion applied",
        f"{PROMOTIONS}/eligibility.py",
        "if quota.remaining_uses is not None and quota.remaining_uses <= 0:",
        "if quota.remaining_uses is not None and quota.remaining_uses < 0:",
        BEST,
    ),
    fault(
        "bound of a group too small",
        f"{ACTIONS}/nth.py",
        "-(-pile.entry_minor * self.rate_bps // (10_000 * self.n))",
        "pile.entry_minor * self.rate_bps // (10_000 * self.n) - 1",
        "tests/property/test_promotions_bounds.py",
    ),
    fault(
        "search cuts a cent too early",
        f"{PROMOTIONS}/search.py",
        "        if most <= found.best_key:\n",
        "        if most <= found.best_key + self._unit:\n",
        BEST,
    ),
    fault(
        "only the best packing of groups tried",
        f"{PROMOTIONS}/search.py",
        "        loss = missing // (self._unit * node.before.board.scale)\n",
        "        return\n        loss = missing // (self._unit * node.before.board.scale)\n",
        COMMON,
        BEST,
    ),
    fault(
        "what departs last from the best single units passed over",
        f"{PROMOTIONS}/search.py",
        "        for loss, candidate in wanted:\n",
        "        for loss, candidate in wanted[:-1]:\n",
        COMMON,
        BEST,
    ),
    fault(
        "picks without effect told apart only in the state",
        f"{PROMOTIONS}/search.py",
        "        if state.chosen != node.chosen:\n",
        "        if state.chosen == node.chosen and len(node.here) > 1:\n",
        COMMON,
        BEST,
    ),
    fault(
        "discounts on single units seen as none where floors bind",
        f"{PROMOTIONS}/evaluate.py",
        "                return state\n            used = state.effective()\n",
        "                used = state.effective()\n            used = state.effective()\n",
        "tests/unit/promotions/test_states.py",
    ),
    fault(
        "bounds not raised as cents are given up",
        f"{PROMOTIONS}/later.py",
        "most = _most_at(found, sorted(points), ",
        "most = _most_at(found, [], ",
        "tests/unit/promotions/test_company.py",
    ),
    fault(
        "group without effect claims its units",
        f"{PROMOTIONS}/spreading.py",
        "        if not off:\n            continue\n        times = group.times if left is None",
        "        times = group.times if left is None or not off",
        GROUPS,
    ),
    fault(
        "group without effect claims its units where no floor binds",
        f"{PROMOTIONS}/claims.py",
        "                if not off:\n                    continue\n",
        "",
        GROUPS,
    ),
    fault(
        "components split at shared thresholds",
        f"{PROMOTIONS}/candidates.py",
        "self.thresholds.append((need, mask))\n            self.reach |= mask\n",
        "self.thresholds.append((need, mask))\n",
        "tests/unit/promotions",
    ),
    fault(
        "terms of one side taken for the default",
        f"{PROMOTIONS}/compatibility.py",
        "if a.rule.shares_by_default and b.rule.shares_by_default:",
        "if a.rule.shares_by_default or b.rule.shares_by_default:",
        "tests/unit/promotions/test_compatibility.py",
    ),
    fault(
        "next tier left out though it is a gain",
        f"{PROMOTIONS}/upcoming.py",
        "_most_groups(action, more) <= given_up",
        "_most_groups(action, more) <= given_up + 10_000",
        "tests/unit/promotions/test_next_tiers.py",
    ),
    fault(
        "what is given up added up once for all",
        f"{PROMOTIONS}/trace.py",
        "known = self._given.get(replaced)",
        "known = next(iter(self._given.values()), None)",
        "tests/unit/promotions/test_next_tiers.py",
        "tests/property/test_promotions_quote.py",
    ),
    fault(
        "verdict told with the excluded still in place",
        f"{PROMOTIONS}/course.py",
        "kept = [pick for pick in picks if not pick.bit & barred]",
        "kept = [*picks]",
        "tests/unit/promotions/test_company.py",
        "tests/property/test_promotions_choice.py",
    ),
    fault(
        "threshold out of reach held for met",
        f"{PROMOTIONS}/candidates.py",
        "return Gap(self.short_minor, quantity) if self.short_minor > minor else self.fixed_gap",
        "return self.fixed_gap",
        "tests/unit/promotions/test_reasons.py",
    ),
    fault(
        "of two runs alike the second gets the spare cent",
        "app/services/pricing/engine/allocate_runs.py",
        "if (remainder, weight) >= (other_remainder, other_weight):",
        "if (remainder, weight) > (other_remainder, other_weight):",
        "tests/property/test_allocate.py",
    ),
    fault(
        "lowest tier of a ladder",
        f"{ACTIONS}/ladder.py",
        "for tier in reversed(self.tiers) if measured >= tier.reach",
        "for tier in self.tiers if measured >= tier.reach",
        "tests/unit/promotions",
    ),
    fault(
        "halves rounded down",
        "app/core/money.py",
        "return (2 * numerator + denominator) // (2 * denominator)",
        "return (2 * numerator + denominator - 1) // (2 * denominator)",
        "tests/property/test_allocate.py",
    ),
    fault(
        "tax before discounts",
        f"{PROMOTIONS}/layout.py",
        "nets[number] += net * quantity",
        "nets[number] += run.entry_minor * quantity",
        "tests/unit/promotions/test_refunds.py",
        "tests/unit/promotions/test_quote.py",
    ),
    fault(
        "quota of a flash price per line",
        "app/services/pricing/engine/price_stage.py",
        "key = (sku_id, option.kind, option.id, option.price_minor)",
        "key = (sku_id, option.kind, option.id, option.price_minor, len(quotas))",
        "tests/unit/pricing/test_price_stage.py",
        "tests/property/test_promotions_quote.py::test_splitting_a_line_does_not_matter",
    ),
    fault(
        "refund below nothing",
        f"{PROMOTIONS}/refund.py",
        "max(0, order.paid_minor - refunded_minor - after.payable_minor)",
        "order.paid_minor - refunded_minor - after.payable_minor",
        REFUNDS,
    ),
    fault(
        "later coupon lowers what an earlier stage counts",
        f"{PROMOTIONS}/repricing.py",
        "entry = run.price_minor - cell.taken_minor - (_frozen(run, place_of, 0) - ahead)",
        "entry = run.price_minor - cell.taken_minor - _frozen(run, place_of, 0)",
        REFUNDS,
    ),
    fault(
        "gift kept though no longer earned",
        f"{PROMOTIONS}/refund.py",
        "if gift.promotion_id not in anew.giving)",
        "if gift.promotion_id in anew.giving)",
        REFUNDS,
    ),
)
