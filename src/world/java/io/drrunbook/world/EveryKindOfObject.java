package io.drrunbook.world;

import java.util.List;

/** What a database can hold, for the test that all of it comes back. */
public final class EveryKindOfObject {

    /** Statements that make it; they leave a role {@code clerk} behind. */
    public static final List<String> STATEMENTS = List.of(
            "CREATE EXTENSION hstore",
            "CREATE EXTENSION postgres_fdw",
            "CREATE SCHEMA \"Mixed Case\"",
            "CREATE SCHEMA pgboss",
            "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
            "CREATE TYPE pair AS (a int, b text)",
            "CREATE TYPE span AS RANGE (subtype = float8)",
            "CREATE DOMAIN positive AS int CHECK (value > 0)",
            "CREATE COLLATION german (provider = icu, locale = 'de-DE')",
            "CREATE SEQUENCE lonely START 17 INCREMENT -3 MINVALUE -1000 MAXVALUE 20",
            "SELECT nextval('lonely')",
            "CREATE TABLE \"Mixed Case\".\"Order\" (\"Id\" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"Name\" text"
                    + " COLLATE german, mood mood, pair pair, span span, n positive, tags hstore, twice int GENERATED"
                    + " ALWAYS AS (n * 2) STORED)",
            "INSERT INTO \"Mixed Case\".\"Order\" (\"Name\", mood, pair, span, n, tags) SELECT 'Ä' || i, 'happy',"
                    + " ROW(i, 'b'::text)::pair, span(i, i + 1), i, hstore('k', i::text) FROM generate_series(1, 50) i",
            "CREATE TABLE pgboss.job (id bigint PRIMARY KEY, state text)",
            "INSERT INTO pgboss.job SELECT i, 'done' FROM generate_series(1, 30) i",
            "CREATE TABLE measured (at date NOT NULL, value float8) PARTITION BY RANGE (at)",
            "CREATE TABLE measured_2025 PARTITION OF measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
            "CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            "CREATE TABLE measured_rest PARTITION OF measured DEFAULT",
            "CREATE INDEX ON measured (at, value)",
            "INSERT INTO measured SELECT date '2025-06-01' + i, i / 7.0 FROM generate_series(1, 900) i",
            "CREATE TABLE vehicles (id serial PRIMARY KEY, name text)",
            "CREATE TABLE lorries (axles int) INHERITS (vehicles)",
            "INSERT INTO vehicles (name) VALUES ('car')",
            "INSERT INTO lorries (name, axles) VALUES ('lorry', 3), ('truck', 4)",
            "CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v bytea)",
            "INSERT INTO cache SELECT i::text, decode(md5(i::text), 'hex') FROM generate_series(1, 20) i",
            "CREATE TABLE booked (room int, during tstzrange, EXCLUDE USING gist (during WITH &&))",
            "INSERT INTO booked VALUES (1, '[2026-01-01, 2026-01-02)'), (1, '[2026-01-03, 2026-01-04)')",
            "CREATE TABLE texts (id int PRIMARY KEY, body text, found tsvector GENERATED ALWAYS AS"
                    + " (to_tsvector('english', body)) STORED)",
            "INSERT INTO texts SELECT i, 'the quick brown fox number ' || i FROM generate_series(1, 40) i",
            "CREATE INDEX ON texts USING gin (found)",
            "CREATE INDEX ON texts USING hash (id)",
            "CREATE INDEX ON texts USING brin (id)",
            "CREATE INDEX ON texts ((lower(body))) WHERE id > 10",
            "CREATE TABLE parent (id int PRIMARY KEY, child int)",
            "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO parent SELECT i, i FROM generate_series(1, 10) i",
            "INSERT INTO child SELECT i, i FROM generate_series(1, 10) i",
            "ALTER TABLE parent ADD FOREIGN KEY (child) REFERENCES child DEFERRABLE INITIALLY DEFERRED",
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := NEW.body || '!';"
                    + " RETURN NEW; END $$",
            "CREATE TRIGGER stamp BEFORE UPDATE ON texts FOR EACH ROW EXECUTE FUNCTION stamp()",
            "CREATE PROCEDURE nothing() LANGUAGE sql AS ''",
            "CREATE AGGREGATE product (float8) (sfunc = float8mul, stype = float8, initcond = '1')",
            "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            "CREATE CAST (pair AS mood) WITH INOUT",
            "CREATE RULE quiet AS ON DELETE TO booked DO INSTEAD NOTHING",
            "CREATE VIEW happy AS SELECT \"Name\" FROM \"Mixed Case\".\"Order\" WHERE mood = 'happy' WITH CHECK OPTION",
            "CREATE MATERIALIZED VIEW monthly AS SELECT date_trunc('month', at) AS month, sum(value) FROM measured"
                    + " GROUP BY 1",
            "CREATE UNIQUE INDEX ON monthly (month)",
            "CREATE STATISTICS related (dependencies) ON at, value FROM measured_2026",
            "CREATE TEXT SEARCH CONFIGURATION simple_copy (COPY = simple)",
            "CREATE PUBLICATION all_vehicles FOR TABLE vehicles",
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'nowhere')",
            "CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user 'nobody')",
            "CREATE FOREIGN TABLE afar (id int) SERVER elsewhere",
            "ALTER TABLE vehicles ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY cars ON vehicles USING (name = 'car')",
            "CREATE ROLE clerk",
            "GRANT SELECT, INSERT ON vehicles TO clerk",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA pgboss GRANT SELECT ON TABLES TO clerk",
            "COMMENT ON TABLE vehicles IS 'what drives'",
            "SELECT lo_from_bytea(4711, 'a large object'::bytea)",
            "CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$",
            "CREATE EVENT TRIGGER noted ON ddl_command_end WHEN TAG IN ('CREATE CONVERSION') EXECUTE FUNCTION noted()");

    private EveryKindOfObject() {}
}
