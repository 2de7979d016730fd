"""Faults in the ground everything stands on: commits, keys, locks, tokens, limits, the outbox."""

from tests.planted.fault import Edit, Fault, fault

KEYS = "app/services/system/idempotency.py"
HOLDS = "app/repositories/inventory/reservations.py"
TOKENS = "app/core/security/tokens.py"
SORTED = (
    "     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s),\n"
    "verdict AS MATERIALIZED (\n"
    "    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS is_held\n"
)
REPEATED = "tests/contract/test_idempotency.py"
STOCK_RACES = "tests/integration/inventory/test_races.py"
FAULTY = "tests/integration/orders/test_faults.py"

GROUND_FAULTS: tuple[Fault, ...] = (
    fault(
        "a connection that was given up is lent again",
        "app/core/pool.py",
        "            or self._invalidate_time > made_at\n",
        "",
        "tests/integration/system/test_borrowed.py"
        "::test_one_that_is_of_no_more_use_is_not_taken[given up]",
        needs_database=True,
    ),
    fault(
        "a commit comes after its answer",
        "app/routers/deps.py",
        'SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]',
        "SessionDep = Annotated[AsyncSession, Depends(get_session)]",
        "tests/contract/test_transaction_boundary.py",
        needs_database=True,
    ),
    Fault(
        "the answer kept for a key is not looked at",
        (
            Edit(KEYS, "    if found.fingerprint is None:\n", "    if True:\n"),
            Edit(KEYS, "    if not stored:\n", "    if False:\n"),
        ),
        (f"{REPEATED}::test_m20_a_repeat_gets_the_first_answer",),
        needs_database=True,
    ),
    fault(
        "a repeat that met its own work is told it was refused",
        "app/routers/idempotency.py",
        "            await once.require_unanswered(request)\n",
        "            pass\n",
        "tests/integration/orders/test_idempotency.py"
        "::test_f9_a_repeat_that_meets_its_own_order_is_told_to_ask_again",
        needs_database=True,
    ),
    fault(
        "transactions of silent connections last",
        "app/core/db.py",
        "    return _limited(_engine(settings, settings.pool_size, WRITING), settings)\n",
        "    return _engine(settings, settings.pool_size, WRITING)\n",
        "tests/integration/system/test_dead_connections.py"
        "::test_f10_locks_of_a_connection_that_died_within_a_message_are_let_go",
        needs_database=True,
    ),
    fault(
        "a key is kept in a transaction of its own",
        "app/routers/idempotency.py",
        "        status, content = await work()\n",
        "        status, content = await work()\n        await session.commit()\n",
        f"{FAULTY}::test_f8_what_is_done_and_the_answer_to_its_key_are_kept_together",
        needs_database=True,
    ),
    fault(
        "stock is read, then written",
        HOLDS,
        SORTED,
        SORTED.replace(" FOR UPDATE OF s", ""),
        f"{STOCK_RACES}::test_s1_the_last_units_are_sold_once",
        needs_database=True,
    ),
    fault(
        "stock is locked in any order",
        HOLDS,
        SORTED,
        SORTED.replace("s.sku_id, s.warehouse_id", "random()"),
        f"{STOCK_RACES}::test_opposite_orders_of_skus_do_not_deadlock",
        needs_database=True,
    ),
    Fault(
        "holds that are over are ended again",
        (
            Edit(
                HOLDS,
                "SELECT id FROM reservations WHERE state = 'held' AND expires_at <= now()\n",
                "SELECT id FROM reservations WHERE expires_at <= now()\n",
            ),
            Edit(
                HOLDS,
                "FROM due WHERE r.id = due.id AND r.state = 'held'\n",
                "FROM due WHERE r.id = due.id\n",
            ),
        ),
        ("tests/integration/inventory/test_reserve.py::test_expired_goods_are_freed_once",),
        needs_database=True,
    ),
    fault(
        "production starts on a server that may lose commits",
        "app/cli/startup.py",
        'DURABLE = ("fsync", "full_page_writes", "synchronous_commit")',
        "DURABLE = ()",
        "tests/integration/test_startup.py"
        "::test_f5_production_refuses_a_server_that_may_lose_commits",
        needs_database=True,
    ),
    fault(
        "a gateway is asked inside a transaction",
        "app/services/payments/attempts.py",
        "        action = await ask(gateway.create(request), terms)\n",
        "        async with unit_of_work(sessions) as session:\n"
        "            await plan_by_id(session, plan.id)\n"
        "            action = await ask(gateway.create(request), terms)\n",
        "tests/integration/payments/test_saga.py",
        needs_database=True,
    ),
    fault(
        "money is a float for a moment",
        "app/core/money.py",
        "    shares = [total_minor * weight // whole for weight in weights]\n",
        "    shares = [int(total_minor * (weight / whole)) for weight in weights]\n",
        "tests/property/test_allocate.py",
    ),
    fault(
        "messages before the last delivered are passed over",
        "app/repositories/system/outbox.py",
        "    WHERE m.state = 'pending' AND m.next_attempt_at <= clock_timestamp()\n      AND NOT",
        "    WHERE m.state = 'pending' AND m.next_attempt_at <= clock_timestamp()\n"
        "      AND m.seq > coalesce(\n"
        "        (SELECT max(d.seq) FROM outbox d WHERE d.state = 'delivered'), 0)\n"
        "      AND NOT",
        "tests/integration/system/test_outbox.py"
        "::test_f21_a_lower_number_that_commits_later_is_not_skipped",
        needs_database=True,
    ),
    fault(
        "what is another's is forbidden, so it exists",
        "app/core/errors.py",
        '    slug, title, title_zh = "not-found", "Not found", "未找到"\n'
        "    status = HTTPStatus.NOT_FOUND\n",
        '    slug, title, title_zh = "not-found", "Not found", "未找到"\n'
        "    status = HTTPStatus.FORBIDDEN\n",
        "tests/integration/orders/test_http.py::test_a1_the_order_of_somebody_else_is_not_found",
        needs_database=True,
    ),
    fault(
        "a line of a cart may say anything",
        "app/schemas/cart/carts.py",
        "    for the price of that finished bargain. Either is for members only, and not both.\n"
        '    """\n',
        "    for the price of that finished bargain. Either is for members only, and not both.\n"
        '    """\n\n    model_config = {"extra": "ignore", "frozen": True}\n',
        "tests/integration/cart/test_http.py::test_m3_a_line_says_what_and_no_price",
        needs_database=True,
    ),
    Fault(
        "a token says by which algorithm it is verified",
        (
            Edit(TOKENS, "algorithms=[ALGORITHM], ", "algorithms=None, "),
            Edit(
                TOKENS,
                'header["alg"] == ALGORITHM and header["typ"] == TYPE',
                'header["typ"] == TYPE',
            ),
            # A key that is made for one algorithm verifies by no other.
            Edit(TOKENS, "made: Key = jwk.construct(key, ALGORITHM)", "made: Any = key"),
        ),
        ("tests/unit/security/test_token_attacks.py",),
        needs_database=True,
    ),
    fault(
        "every proxy is believed",
        "app/cli/serving.py",
        '    ] = "127.0.0.1",\n    limit',
        '    ] = "*",\n    limit',
        "tests/unit/test_serving.py",
        needs_database=True,
    ),
    fault(
        "the framework answers what does not fit the contract",
        "app/routers/problems/install.py",
        "        DomainError,\n        RequestValidationError,\n",
        "        DomainError,\n",
        "tests/contract/test_inputs.py::test_d24_an_error_never_echoes_its_input",
        needs_database=True,
    ),
    fault(
        "a silent database is waited for",
        "app/core/db.py",
        '            "command_timeout": settings.command_timeout_seconds,\n',
        "",
        f"{FAULTY}::test_f10_a_silent_database_is_given_up_and_comes_back",
        needs_database=True,
    ),
    fault(
        "half a head is waited for",
        "app/cli/protocol.py",
        "        if self._awaited is not Awaited.BODY:\n            self.transport.close()\n",
        "        if self._awaited is not Awaited.BODY:\n            self._wait(60)\n",
        "tests/integration/server/test_connections.py::test_f1_who_is_slow_is_hung_up_on",
        needs_database=True,
    ),
    fault(
        "cards are written down",
        "app/schemas/base.py",
        "    if holds_card_number(text):\n",
        "    if False:\n",
        "tests/integration/orders/test_notes.py::test_d25_a_cards_number_is_not_taken_in_words",
        needs_database=True,
    ),
    fault(
        "a message is tried again in the transaction that failed",
        "app/worker/dispatch.py",
        "                raise HandlerFailed(message) from error\n",
        "                await outbox.mark_failed(\n"
        "                    session, message, error=str(error), wait_seconds=0, max_attempts=8\n"
        "                )\n"
        "                return message.id\n",
        "tests/integration/system/test_outbox.py::test_a_try_that_fails_leaves_nothing_behind",
        needs_database=True,
    ),
)
