-- Alerts, whom they are delivered to, and how far the journal was followed for them. Runs on H2 (PostgreSQL mode) and on
-- PostgreSQL.

CREATE TABLE alerts (
  id               UUID PRIMARY KEY,
  kind             VARCHAR(32)   NOT NULL,
  severity         VARCHAR(16)   NOT NULL,
  application      VARCHAR(200),
  -- What tells one cause of a kind from another: repeats of the same are folded.
  cause            VARCHAR(200)  NOT NULL,
  run_id           UUID,
  message          VARCHAR(8000) NOT NULL,
  raised_at        TIMESTAMP WITH TIME ZONE NOT NULL,
  last_at          TIMESTAMP WITH TIME ZONE NOT NULL,
  times            INTEGER       NOT NULL DEFAULT 1,
  resolved_at      TIMESTAMP WITH TIME ZONE,
  acknowledged_at  TIMESTAMP WITH TIME ZONE,
  acknowledged_by  VARCHAR(200)
);

CREATE INDEX alerts_raised_at ON alerts (raised_at);
CREATE INDEX alerts_kind ON alerts (kind, resolved_at);

CREATE TABLE alert_deliveries (
  alert_id      UUID          NOT NULL REFERENCES alerts (id),
  channel       VARCHAR(16)   NOT NULL,
  recipient     VARCHAR(320)  NOT NULL,
  status        VARCHAR(16)   NOT NULL,
  attempts      INTEGER       NOT NULL DEFAULT 0,
  -- Not tried before this; whoever tries moves it on first, so that no other node tries at the same time.
  due_at        TIMESTAMP WITH TIME ZONE NOT NULL,
  delivered_at  TIMESTAMP WITH TIME ZONE,
  receipt       VARCHAR(1000),
  error         VARCHAR(1000),
  PRIMARY KEY (alert_id, channel, recipient)
);

CREATE INDEX alert_deliveries_due ON alert_deliveries (channel, status, due_at);

-- The last event of the journal that was looked at. What happened before this version is no news.
CREATE TABLE alert_cursor (
  only_row    INTEGER PRIMARY KEY,
  last_event  BIGINT NOT NULL
);

INSERT INTO alert_cursor SELECT 1, last_id FROM journal_head WHERE only_row = 1;
