-- What the audit of the copies has found: each file of each backup in each store. Runs on H2 (PostgreSQL mode) and on
-- PostgreSQL.

CREATE TABLE audited_backups (
  application   VARCHAR(200)  NOT NULL,
  backup_id     UUID          NOT NULL,
  filename      VARCHAR(1000) NOT NULL,
  status        VARCHAR(16)   NOT NULL,
  trust         VARCHAR(16)   NOT NULL,
  size_bytes    BIGINT        NOT NULL,
  created_at    TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (application, backup_id)
);

CREATE TABLE copies (
  application      VARCHAR(200)  NOT NULL,
  backup_id        UUID          NOT NULL,
  store            VARCHAR(16)   NOT NULL,
  name             VARCHAR(1000) NOT NULL,
  manifest         BOOLEAN       NOT NULL,
  state            VARCHAR(16)   NOT NULL,
  -- What lies there; NULL when nothing does, or nobody knows.
  size_bytes       BIGINT,
  version          VARCHAR(200),
  sha256           VARCHAR(64),
  -- What should lie there. Of a foreign backup: what was read first.
  expected_bytes   BIGINT,
  expected_sha256  VARCHAR(64),
  checked_at       TIMESTAMP WITH TIME ZONE,
  hashed_at        TIMESTAMP WITH TIME ZONE,
  note             VARCHAR(1000),
  PRIMARY KEY (application, backup_id, store, name),
  FOREIGN KEY (application, backup_id) REFERENCES audited_backups (application, backup_id) ON DELETE CASCADE
);

CREATE INDEX copies_store ON copies (store);

-- Bytes that a store may still be read: what one pass did not use because the next file was too large for it.
CREATE TABLE audit_allowances (
  store  VARCHAR(16) PRIMARY KEY,
  bytes  BIGINT NOT NULL
);

CREATE TABLE audit_passes (
  only_row    INTEGER PRIMARY KEY,
  started_at  TIMESTAMP WITH TIME ZONE,
  ended_at    TIMESTAMP WITH TIME ZONE,
  -- The last one that came to its end, and why the last one has not.
  done_at     TIMESTAMP WITH TIME ZONE,
  error       VARCHAR(1000)
);

INSERT INTO audit_passes (only_row) VALUES (1);
