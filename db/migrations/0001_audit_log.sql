CREATE TABLE "audit_entries" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"day" date NOT NULL,
	"id" text NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"actor" text NOT NULL,
	"subject" text NOT NULL,
	"correlation_id" text NOT NULL,
	"details" text NOT NULL,
	"previous" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_entries_id_unique" UNIQUE("id"),
	CONSTRAINT "audit_entries_id_length" CHECK (char_length("audit_entries"."id") = 22),
	CONSTRAINT "audit_entries_type_length" CHECK (char_length("audit_entries"."type") between 1 and 64),
	CONSTRAINT "audit_entries_actor_length" CHECK (char_length("audit_entries"."actor") between 1 and 22),
	CONSTRAINT "audit_entries_subject_length" CHECK (char_length("audit_entries"."subject") between 1 and 22),
	CONSTRAINT "audit_entries_correlation_id_length" CHECK (char_length("audit_entries"."correlation_id") between 32 and 36),
	CONSTRAINT "audit_entries_details_length" CHECK (char_length("audit_entries"."details") between 2 and 2000)
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"day" date PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"count" integer NOT NULL,
	"hash" "bytea" NOT NULL,
	"after" date,
	"signature" "bytea" NOT NULL,
	CONSTRAINT "audit_heads_signature_length" CHECK (octet_length("audit_heads"."signature") = 64)
);
--> statement-breakpoint
CREATE TABLE "audit_state" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"day" date NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_state_one_row" CHECK ("audit_state"."id" = 1)
);
--> statement-breakpoint
CREATE INDEX "audit_entries_day" ON "audit_entries" USING btree ("day","seq");--> statement-breakpoint
-- From here on by hand: drizzle knows no functions and no triggers. docs/audit-log.md explains them.
INSERT INTO "audit_state" ("id", "seq", "day", "hash") VALUES (1, 0, '1970-01-01', decode(repeat('00', 32), 'hex'));
--> statement-breakpoint
-- A function of its own, so that the tests can turn it.
CREATE FUNCTION "audit_clock"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;
--> statement-breakpoint
CREATE FUNCTION "audit_field"(value text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
	SELECT int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8')
$$;
--> statement-breakpoint
-- Chains an entry: its place, its day, the hash before and its own. db/audit/encoding.ts computes the same hash.
CREATE FUNCTION "audit_chain"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	state audit_state%ROWTYPE;
BEGIN
	-- Held until the transaction ends: entries are chained in the order in which they are committed.
	SELECT * INTO STRICT state FROM audit_state WHERE id = 1 FOR UPDATE;
	-- Sent again by somebody who did not learn that it arrived.
	IF EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = NEW.id) THEN
		RETURN NULL;
	END IF;
	NEW.seq := state.seq + 1;
	NEW.day := greatest(state.day, (audit_clock() AT TIME ZONE 'UTC')::date);
	NEW.previous := state.hash;
	NEW.hash := sha256(
		convert_to(E'SilentRelay audit entry v1\n', 'UTF8') || int8send(NEW.seq) || int8send(NEW.at) || NEW.previous
		|| audit_field(to_char(NEW.day, 'YYYY-MM-DD')) || audit_field(NEW.id) || audit_field(NEW.type)
		|| audit_field(NEW.actor) || audit_field(NEW.subject) || audit_field(NEW.correlation_id)
		|| audit_field(NEW.details)
	);
	UPDATE audit_state SET seq = NEW.seq, day = NEW.day, hash = NEW.hash WHERE id = 1;
	RETURN NEW;
END
$$;
--> statement-breakpoint
-- Days that are over and have entries and no head, oldest first, with what their heads say.
CREATE FUNCTION "audit_unsealed"() RETURNS TABLE ("day" date, "seq" bigint, "count" integer, "hash" bytea, "after" date)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
	today date;
	sealed date;
BEGIN
	-- An entry that was chained before midnight may be committed after it: this waits for it.
	PERFORM 1 FROM audit_state WHERE id = 1 FOR UPDATE;
	today := (audit_clock() AT TIME ZONE 'UTC')::date;
	SELECT max(h.day) INTO sealed FROM audit_heads h;
	RETURN QUERY
		SELECT d.day, d.seq, d.count, e.hash, lag(d.day, 1, sealed) OVER (ORDER BY d.day)
		FROM (
			SELECT x.day AS day, max(x.seq) AS seq, count(*)::integer AS count FROM audit_entries x
			WHERE x.day > coalesce(sealed, '-infinity'::date) AND x.day < today GROUP BY x.day
		) d
		JOIN audit_entries e ON e.seq = d.seq
		ORDER BY d.day;
END
$$;
--> statement-breakpoint
-- A head says what the entries say, and heads come in the order of days: of what is inserted, only the signature is taken.
CREATE FUNCTION "audit_seal"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	next record;
BEGIN
	SELECT * INTO next FROM audit_unsealed() LIMIT 1;
	IF NOT FOUND OR next.day <> NEW.day THEN
		RETURN NULL;
	END IF;
	NEW.seq := next.seq;
	NEW.count := next.count;
	NEW.hash := next.hash;
	NEW.after := next.after;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE FUNCTION "audit_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
-- The chain's end moves by audit_chain alone, whose statements run one trigger deep.
CREATE FUNCTION "audit_refuse_state"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
		RETURN NULL;
	END IF;
	RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_entries_chain" BEFORE INSERT ON "audit_entries" FOR EACH ROW EXECUTE FUNCTION "audit_chain"();
--> statement-breakpoint
CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_heads_seal" BEFORE INSERT ON "audit_heads" FOR EACH ROW EXECUTE FUNCTION "audit_seal"();
--> statement-breakpoint
CREATE TRIGGER "audit_heads_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_heads" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_state_append_only" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "audit_state" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_state"();
--> statement-breakpoint
REVOKE ALL ON "audit_entries", "audit_heads", "audit_state" FROM PUBLIC;
--> statement-breakpoint
REVOKE ALL ON FUNCTION "audit_chain"(), "audit_unsealed"(), "audit_seal"(), "audit_refuse"(), "audit_refuse_state"(), "audit_clock"(), "audit_field"(text) FROM PUBLIC;
