-- The journal: what was asked for and what happened. Runs on H2 (PostgreSQL mode) and on PostgreSQL.

CREATE TABLE runs (
  id                   UUID PRIMARY KEY,
  mode                 VARCHAR(16)  NOT NULL,
  application          VARCHAR(200) NOT NULL,
  -- The application's name while the run is active, else NULL: the unique constraint is the lock.
  active_application   VARCHAR(200) UNIQUE,
  status               VARCHAR(16)  NOT NULL,
  requested_backup_id  UUID,
  backup_id            UUID,
  reason               VARCHAR(2000) NOT NULL,
  initiated_by         VARCHAR(200) NOT NULL,
  started_through      VARCHAR(32)  NOT NULL,
  start_time           TIMESTAMP WITH TIME ZONE NOT NULL,
  end_time             TIMESTAMP WITH TIME ZONE,
  error                VARCHAR(8000),
  error_code           VARCHAR(64),
  rto_target_seconds   BIGINT NOT NULL,
  rpo_target_seconds   BIGINT NOT NULL,
  data_loss_seconds    BIGINT,
  previous_database    VARCHAR(63),
  previous_until       TIMESTAMP WITH TIME ZONE,
  cancel_requested     BOOLEAN NOT NULL DEFAULT FALSE,
  -- JSON that later steps, or a step after a crash, need; never shown.
  memory               TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX runs_start_time ON runs (start_time);

CREATE TABLE steps (
  run_id      UUID NOT NULL REFERENCES runs (id),
  step        INTEGER NOT NULL,
  name        VARCHAR(64) NOT NULL,
  status      VARCHAR(16) NOT NULL,
  started_at  TIMESTAMP WITH TIME ZONE,
  ended_at    TIMESTAMP WITH TIME ZONE,
  error       VARCHAR(8000),
  detail      TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (run_id, step)
);

-- Append-only; hash = SHA-256 over the hash before it and all other columns, so a changed or missing row shows.
CREATE TABLE events (
  id       BIGINT PRIMARY KEY,
  run_id   UUID,
  at       VARCHAR(40) NOT NULL,
  kind     VARCHAR(32) NOT NULL,
  content  TEXT NOT NULL,
  hash     CHAR(64) NOT NULL
);

CREATE INDEX events_run ON events (run_id, id);

CREATE TABLE journal_head (
  only_row   INTEGER PRIMARY KEY,
  last_id    BIGINT NOT NULL,
  last_hash  CHAR(64) NOT NULL
);

INSERT INTO journal_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
