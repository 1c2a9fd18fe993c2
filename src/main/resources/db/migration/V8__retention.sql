-- Deletions of backups past their time that have begun and are not done: written before anything is deleted, so that what is
-- interrupted half-way is finished later; and those that a store has refused, so that it is told once.
-- Runs on H2 (PostgreSQL mode) and on PostgreSQL.

CREATE TABLE deletions (
  store        VARCHAR(16)   NOT NULL,
  backup_id    UUID          NOT NULL,
  application  VARCHAR(200)  NOT NULL,
  filename     VARCHAR(1000) NOT NULL,
  created_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  -- JSON list of keys: the manifest's first.
  files        TEXT          NOT NULL,
  -- What the store said when it refused, and when it did so last.
  refused      VARCHAR(1000),
  refused_at   TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (store, backup_id)
);
