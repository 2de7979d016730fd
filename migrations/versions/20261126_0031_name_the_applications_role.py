"""Name a role for the application that cannot change what is only ever added to.

Revision ID: 0043_application_role
Revises: 0042_ledger_seals
"""

from alembic import op

revision = "0043_application_role"
down_revision = "0042_ledger_seals"
branch_labels = None
depends_on = None

# Roles belong to the server, not to the database: it may be there, or be another's to make.
ROLE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stoa_app') THEN
            CREATE ROLE stoa_app NOLOGIN;
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN
            RAISE NOTICE 'stoa_app is not made: see docs/running.md';
        WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
"""

# Run after every upgrade: what a later revision creates is granted too, and what it lets nobody
# change by trigger is granted without the right to.
GRANT = """
    CREATE FUNCTION grant_to_application() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        each record;
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stoa_app') THEN
            RETURN;
        END IF;
        GRANT USAGE ON SCHEMA public TO stoa_app;
        FOR each IN
            SELECT c.oid::regclass AS name,
                EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid
                        AND t.tgfoid = 'refuse_change()'::regprocedure) AS is_append_only
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND NOT c.relispartition
        LOOP
            EXECUTE format('REVOKE ALL ON %s FROM stoa_app', each.name);
            EXECUTE format('GRANT SELECT, INSERT %s ON %s TO stoa_app',
                CASE WHEN each.is_append_only THEN '' ELSE ', UPDATE, DELETE' END, each.name);
        END LOOP;
        REVOKE UPDATE, DELETE ON ledger_accounts FROM stoa_app;
        GRANT UPDATE (balance_minor, version) ON ledger_accounts TO stoa_app;
        REVOKE DELETE ON ledger_turnovers, ledger_marks FROM stoa_app;
        REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM stoa_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO stoa_app;
        GRANT SELECT ON operation_log_seq TO stoa_app;
        GRANT EXECUTE ON FUNCTION make_month(text, date), settled_operations() TO stoa_app;
    END $$
"""

MONTH = """
    CREATE FUNCTION make_month(parent text, month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
        name text := parent || to_char(month, '"_p"YYYY_MM');
        is_used boolean;
    BEGIN
        IF NOT EXISTS (
            SELECT FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = parent
        ) OR month <> date_trunc('month', month) THEN
            RAISE EXCEPTION 'no months of %', parent USING ERRCODE = 'invalid_parameter_value';
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE created_at >= %L'
            ' AND created_at < %L)', parent || '_p_default', month, month + interval '1 month')
            INTO is_used;
        IF is_used OR to_regclass('public.' || quote_ident(name)) IS NOT NULL THEN
            RETURN NOT is_used;
        END IF;
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I'
            ' FOR VALUES FROM (%L) TO (%L)', name, parent, month, month + interval '1 month');
        IF EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = ('public.' || quote_ident(parent))::regclass
              AND tgfoid = 'public.refuse_change()'::regprocedure
        ) THEN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE'
                ' ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()', name);
        END IF;
        RETURN true;
    END $$
"""

SETTLED = """
    CREATE FUNCTION settled_operations() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
        LOCK TABLE public.operation_log IN SHARE MODE;
        RETURN (SELECT CASE WHEN is_called THEN last_value ELSE 0 END
                FROM public.operation_log_seq);
    END $$
"""


def upgrade() -> None:
    op.execute(ROLE)
    op.execute(MONTH)
    op.execute(SETTLED)
    op.execute(
        "REVOKE EXECUTE ON FUNCTION make_month(text, date), settled_operations() FROM PUBLIC"
    )
    op.execute(GRANT)


def downgrade() -> None:
    op.execute("DROP FUNCTION grant_to_application()")
    op.execute("DROP FUNCTION settled_operations()")
    op.execute("DROP FUNCTION make_month(text, date)")
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'stoa_app') THEN
                DROP OWNED BY stoa_app;
                DROP ROLE stoa_app;
            END IF;
        EXCEPTION
            -- Other databases of the server use it.
            WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
        END $$
        """
    )
